/** A standard payload as Slack and its like show it: one text. `origin`: the server's own address, where it is known. */
export function slackBody(payload: string, origin: string | undefined): string {
  const { type, data } = JSON.parse(payload) as {
    type: string;
    data: {
      alert: { name: string; text: string };
      run: { experiment: string; ordinal: number; name: string; status: string; path: string } | null;
      key: string | null;
      step: number | null;
      value: unknown;
      error?: string;
    };
  };
  const { alert, run, key, step, value, error } = data;
  const title = type === 'alert.test' ? `A test of ${alert.name}` : alert.name;
  const name = run && escaped(`${run.experiment} #${run.ordinal} (${run.name})`);
  const subject = run && (origin === undefined ? name : `<${origin}${run.path}|${name}>`);
  const point = key === null ? '' : `: ${key} = ${String(value)} at step ${step}`;
  const lines = [
    `*${escaped(title)}*: ${escaped(alert.text)}`,
    ...(run ? [`${subject}, ${run.status}${escaped(point)}`] : []),
    ...(error === undefined ? [] : [`> ${escaped(error.split('\n')[0]!.slice(0, 300))}`]),
  ];
  return JSON.stringify({ text: lines.join('\n') });
}

/** What Slack reads as markup. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
