const lowerIsBetter = /(^|[^a-z])(loss|error|err|mae|mse|rmse|perplexity|time|latency|wait|seconds|ms)([^a-z]|$)/;

/** Which way is better, from a metric's name alone: used only where neither experiment nor checkpoint says. */
export function metricMode(key: string): 'min' | 'max' {
  return lowerIsBetter.test(key.toLowerCase()) ? 'min' : 'max';
}
