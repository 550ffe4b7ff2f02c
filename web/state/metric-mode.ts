const lowerIsBetter = /(^|[^a-z])(loss|error|err|mae|mse|rmse|perplexity|time|latency|wait|seconds|ms)([^a-z]|$)/;

/** Which way is better, from a metric's name alone: used only where neither experiment nor checkpoint says. */
export function metricMode(key: string): 'min' | 'max' {
  return lowerIsBetter.test(key.toLowerCase()) ? 'min' : 'max';
}

/** Whether a metric is something to be high or low at all: a learning rate or a machine's speed has no best value. */
export const isGoal = (key: string): boolean =>
  !key.startsWith('system/') && !/(^|[^a-z])(learning_rate|lr|epoch|momentum|step)([^a-z]|$)/.test(key.toLowerCase());
