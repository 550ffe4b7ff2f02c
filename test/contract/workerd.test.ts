import { openWorkerd } from '../support/open-workerd.ts';
import { suite as leases } from './leases.contract.ts';
import { suite as runs } from './runs.contract.ts';
import { suite as search } from './search.contract.ts';

leases(openWorkerd);
runs(openWorkerd);
search(openWorkerd);
