// The direction of dependencies (docs/architecture.md): routes → verbs → db; worker, web and cli reach the API through
// client/ and api/contract/ only; training/ imports nothing of ours; pure folders import nothing with I/O.
const ours = '^(api|db|training|client|cli|worker|web|test)/';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'training-is-pure',
      severity: 'error',
      from: { path: '^training/' },
      to: { path: ours, pathNot: '^training/' },
    },
    {
      name: 'contract-stands-alone',
      severity: 'error',
      from: { path: '^api/contract/' },
      to: { path: ours, pathNot: '^(api/contract|training)/' },
    },
    {
      name: 'client-knows-the-contract-only',
      severity: 'error',
      from: { path: '^client/' },
      to: { path: ours, pathNot: '^(client|api/contract)/' },
    },
    {
      name: 'worker-and-web-reach-the-api-through-client',
      severity: 'error',
      from: { path: '^(worker|web)/' },
      to: { path: '^(api|db|cli|test)/', pathNot: '^api/contract/' },
    },
    {
      name: 'cli-starts-the-server-and-else-uses-client',
      severity: 'error',
      from: { path: '^cli/' },
      to: { path: '^(api|db|test)/', pathNot: '^api/(contract/|node\\.ts|config\\.ts)' },
    },
    { name: 'db-imports-no-api', severity: 'error', from: { path: '^db/' }, to: { path: ours, pathNot: '^db/' } },
    {
      name: 'no-sql-in-routes',
      severity: 'error',
      from: { path: '^api/routes/' },
      to: { path: '^db/', pathNot: '^db/database\\.ts' },
    },
    {
      name: 'node-built-ins-only-in-the-node-entry',
      severity: 'error',
      from: {
        path: '^(api|db|training|client)/',
        pathNot: '^(api/node(\\.ts|/)|db/libsql\\.ts|db/drizzle|client/(run|node|spool))',
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'product-imports-no-test',
      severity: 'error',
      from: { pathNot: '^test/|^vitest\\.config' },
      to: { path: '^test/' },
    },
    {
      name: 'not-unresolvable',
      severity: 'error',
      from: {},
      to: {
        couldNotResolve: true,
        pathNot: '^(cloudflare:|virtual:|onnxruntime-web|@tensorflow/)|\\?(url|worker|raw)$',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(node_modules|dist|\\.wrangler)/' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js'],
    },
  },
};
