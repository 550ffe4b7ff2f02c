import { openNode } from '../support/open-node.ts';
import { frontSuite as artifacts } from './artifacts.contract.ts';
import { frontSuite as datasets } from './datasets.contract.ts';
import { frontSuite as examples } from './examples.contract.ts';
import { frontSuite as front } from './front.contract.ts';
import { frontSuite as sessions } from './sessions.contract.ts';
import { frontSuite as signals } from './signals.contract.ts';
import { frontSuite as tokens } from './tokens.contract.ts';
import { frontSuite as uploads } from './uploads.contract.ts';

tokens(openNode);
sessions(openNode);
artifacts(openNode);
uploads(openNode);
datasets(openNode);
front(openNode);
examples(openNode);
signals(openNode);
