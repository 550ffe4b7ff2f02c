import { modelRoutes } from '@tidemark/api/contract/models';
import { type Connection, connect } from '../context.ts';
import { EXIT, Failure } from '../failure.ts';
import { findRun } from '../run-ref.ts';

interface Options extends Connection {
  run?: string;
  experiment?: string;
  checkpoint?: string;
  artifact?: string;
  uri?: string;
  alias?: string[];
  description?: string;
}

/** Registers the next version of a model, and the model if there is none of that name. */
export async function modelRegister(name: string, options: Options): Promise<void> {
  const { run: ref, checkpoint, artifact, uri, alias, description } = options;
  if ((ref === undefined) === (uri === undefined) || (checkpoint !== undefined && artifact !== undefined)) {
    throw new Failure(
      'Say where the version comes from: --run RUN, with --checkpoint or --artifact, or --uri ADDRESS.',
      {
        exit: EXIT.usage,
      },
    );
  }
  const which = checkpoint ?? 'best';
  if (!/^(best|latest|\d{1,15})$/.test(which)) {
    throw new Failure(`\`${which}\` is no checkpoint: best, latest or a step.`, { exit: EXIT.usage });
  }
  const client = connect(options);
  const run = ref === undefined ? null : (await findRun(client, ref, { experiment: options.experiment })).id;
  const version = await client.call(modelRoutes.createModelVersion, {
    params: { name },
    body: {
      source:
        run === null
          ? { uri: uri! }
          : artifact === undefined
            ? { run, checkpoint: which === 'best' || which === 'latest' ? which : Number(which) }
            : { run, artifact },
      createModel: true,
      ...(alias ? { aliases: alias } : {}),
      ...(description === undefined ? {} : { description }),
    },
  });
  if (options.json) console.log(JSON.stringify(version));
  else {
    const named = version.aliases.map((one) => ` @${one}`).join('');
    console.log(`${version.model} has version ${version.version}${named} now, from ${version.source}`);
    console.log(`Start a run from it: init: { from: 'models:/${version.model}/${version.version}' }`);
  }
}
