import { openLibsqlServer } from '../support/open-libsql.ts';
import { suite as leases } from './leases.contract.ts';

leases(openLibsqlServer);
