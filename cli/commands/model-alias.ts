import { type Model, modelRoutes } from '@tidemark/api/contract/models';
import { type Connection, connect } from '../context.ts';
import { EXIT, Failure } from '../failure.ts';

interface Options extends Connection {
  remove?: boolean;
  expected?: number;
}

/** Makes an alias name a version, or removes it. */
export async function modelAlias(
  name: string,
  alias: string,
  version: number | undefined,
  options: Options,
): Promise<void> {
  if ((version === undefined) === !options.remove) {
    throw new Failure('Say which version the alias names, or --remove.', { exit: EXIT.usage });
  }
  const client = connect(options);
  const params = { name, alias: alias.replace(/^@/, '') };
  const model: Model =
    version === undefined
      ? await client.call(modelRoutes.deleteModelAlias, { params })
      : await client.call(modelRoutes.setModelAlias, {
          params,
          body: { version, ...(options.expected === undefined ? {} : { expected: options.expected || null }) },
        });
  if (options.json) console.log(JSON.stringify(model));
  else if (version === undefined) console.log(`@${params.alias} of ${name} is removed`);
  else console.log(`${name}@${params.alias} is version ${version} now`);
}
