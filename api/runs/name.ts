const adjectives = (
  'amber brisk calm clear coral deep dusky early ebbing fair fleet foggy fresh gentle golden grey high hushed icy ' +
  'jade keen late light low lunar mild misty mossy neap new north ochre old open pale pearly quiet rapid rising rocky ' +
  'rosy salt sandy sheer silver slack slow soft solar south spring steady still stormy sunny swift teal tidal vast warm west wide wild windy'
).split(' ');
const nouns = (
  'anchor atoll bay beach beacon berth bight bore breaker brine buoy cape channel cliff coast cove crest current delta ' +
  'dune eddy estuary fathom fjord foam ford gale gull harbour haven heron inlet island jetty keel kelp knot lagoon ' +
  'lantern ledge marsh mole moor mooring narrows ocean otter pier pilot plover point quay reef ripple sail shoal shore sound spit strait surf swell wake wharf'
).split(' ');

/** A readable name for a run that was given none, always the same for one id. */
export function readableName(id: string): string {
  const number = Number.parseInt(id.slice(-12), 16);
  const adjective = adjectives[number % adjectives.length];
  const noun = nouns[Math.floor(number / adjectives.length) % nouns.length];
  return `${adjective}-${noun}`;
}
