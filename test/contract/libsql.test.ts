import { openLibsqlServer } from '../support/open-libsql.ts';
import { suite as leases } from './leases.contract.ts';
import { suite as runs } from './runs.contract.ts';
import { suite as search } from './search.contract.ts';

for (const suite of [leases, runs, search]) suite(openLibsqlServer);
