import { SearchError, type Span, type Token, tokenize } from './syntax.ts';

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';
export type Literal = Span & { readonly value: string | number | boolean };
export type Expression =
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Expression[] }
  | { readonly kind: 'not'; readonly term: Expression }
  | { readonly kind: 'compare'; readonly field: Span; readonly operator: Comparison; readonly value: Literal }
  | { readonly kind: 'in'; readonly field: Span; readonly values: readonly Literal[] }
  | {
      readonly kind: 'like';
      readonly field: Span;
      readonly pattern: Literal;
      /** What takes `%` and `_` their meaning. */
      readonly escapedBy: string | null;
      /** Whether upper and lower case are alike. */
      readonly fold: boolean;
    }
  | { readonly kind: 'null'; readonly field: Span };

/** SQL's own depth is limited to 100; a filter nested deeper than this is none that a person wrote. */
const DEEPEST = 50;
/** Each binds up to three of a statement's 100 parameters. */
const MOST_COMPARISONS = 24;
const MOST_VALUES = 1000;

/** Operators that may be mistyped. */
const OPERATOR_WORDS = ['in', 'not', 'like', 'ilike', 'between', 'is'];

const operators: Record<string, Comparison> = {
  '=': '=',
  '==': '=',
  '!=': '!=',
  '<>': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

/**
 * `status = running and (params.optimizer.learning_rate < 0.01 or not tags.team in ("a", "b")) and metrics.val_loss.min is not null`
 * Errors: SearchError.
 */
export function parseFilter(text: string): Expression {
  return new Parser(tokenize(text)).whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #comparisons = 0;
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Expression {
    const expression = this.#or(0);
    const rest = this.#peek();
    if (rest.kind !== 'end') throw new SearchError(rest, `unexpected ${rest.text}`, 'and, or, or the end');
    return expression;
  }

  #or(depth: number): Expression {
    const terms = [this.#and(depth)];
    while (this.#takes('or')) terms.push(this.#and(depth));
    return terms.length === 1 ? terms[0]! : { kind: 'or', terms };
  }

  #and(depth: number): Expression {
    const terms = [this.#not(depth)];
    while (this.#takes('and')) terms.push(this.#not(depth));
    return terms.length === 1 ? terms[0]! : { kind: 'and', terms };
  }

  #not(depth: number): Expression {
    const token = this.#peek();
    if (depth > DEEPEST) throw new SearchError(token, `nested deeper than ${DEEPEST}`);
    if (this.#takes('not')) return { kind: 'not', term: this.#not(depth + 1) };
    if (!this.#takes('(')) return this.#comparison();
    const inner = this.#or(depth + 1);
    this.#expect(')');
    return inner;
  }

  #comparison(): Expression {
    const field = this.#peek();
    if (field.kind !== 'word') {
      throw new SearchError(
        field,
        field.kind === 'end' ? 'the filter ends too early' : 'a field is expected',
        'a field, not, or (',
      );
    }
    this.#next++;
    this.#count(field);
    if (this.#takes('is')) {
      const negated = this.#takes('not');
      this.#expect('null');
      return negate({ kind: 'null', field }, negated);
    }
    const negated = this.#takes('not');
    if (this.#takes('between')) return negate(this.#between(field), negated);
    if (this.#takes('in')) return negate({ kind: 'in', field, values: this.#list() }, negated);
    for (const word of ['like', 'ilike'])
      if (this.#takes(word)) return negate(this.#like(field, word === 'ilike'), negated);
    const token = this.#peek();
    const operator =
      Object.hasOwn(operators, token.text) && token.kind === 'symbol' ? operators[token.text] : undefined;
    if (negated || operator === undefined) {
      const allowed = negated
        ? 'in, like, ilike, between'
        : '=, !=, <, <=, >, >=, in, not in, like, not like, ilike, between, is null, is not null';
      throw new SearchError(token, `an operator is expected after ${field.text}`, allowed, OPERATOR_WORDS);
    }
    this.#next++;
    return { kind: 'compare', field, operator, value: this.#literal() };
  }

  /** Both ends included. It counts as the two comparisons that it is. */
  #between(field: Token): Expression {
    this.#count(field);
    const low = this.#literal();
    this.#expect('and');
    const high = this.#literal();
    return {
      kind: 'and',
      terms: [
        { kind: 'compare', field, operator: '>=', value: low },
        { kind: 'compare', field, operator: '<=', value: high },
      ],
    };
  }

  #like(field: Token, fold: boolean): Expression {
    const pattern = this.#literal();
    if (!this.#takes('escape')) return { kind: 'like', field, pattern, escapedBy: null, fold };
    const mark = this.#literal();
    if (typeof mark.value !== 'string' || [...mark.value].length !== 1)
      throw new SearchError(mark, 'an escape is one character', '"!"');
    return { kind: 'like', field, pattern, escapedBy: mark.value, fold };
  }

  #count(field: Token): void {
    if (++this.#comparisons > MOST_COMPARISONS)
      throw new SearchError(field, `more than ${MOST_COMPARISONS} comparisons`);
  }

  #list(): Literal[] {
    this.#expect('(');
    const values = [this.#literal()];
    while (this.#takes(',')) values.push(this.#literal());
    const end = this.#peek();
    if (values.length > MOST_VALUES) throw new SearchError(end, `more than ${MOST_VALUES} values`);
    this.#expect(')');
    return values;
  }

  #literal(): Literal {
    const token = this.#peek();
    this.#next++;
    const { at, text } = token;
    if (token.kind === 'string' || token.kind === 'number') return { at, text, value: token.value };
    if (token.kind !== 'word') throw new SearchError(token, 'a value is expected', 'a number, "text", true or false');
    const lower = text.toLowerCase();
    if (lower === 'null') throw new SearchError(token, 'nothing equals null', 'is null, is not null');
    if (lower === 'true' || lower === 'false') return { at, text, value: lower === 'true' };
    return { at, text, value: text };
  }

  #peek(): Token {
    return this.#tokens[Math.min(this.#next, this.#tokens.length - 1)]!;
  }

  #takes(text: string): boolean {
    const token = this.#peek();
    const is = (token.kind === 'word' || token.kind === 'symbol') && token.text.toLowerCase() === text;
    if (is) this.#next++;
    return is;
  }

  #expect(text: string): void {
    const token = this.#peek();
    if (!this.#takes(text)) throw new SearchError(token, `${text} is expected`, text);
  }
}

const negate = (term: Expression, negated: boolean): Expression => (negated ? { kind: 'not', term } : term);
