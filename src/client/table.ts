/**
 * Tables with types: one class over `Tables`, so the same in process, over a Durable Object and over HTTP.
 *
 * `const hits = tableOf<[key: string, count: number]>(tables, 'hits')` has every verb of ETS as a method
 * (`table-verbs.ts`), batches, and scans. The types are the caller's word: nothing checks the rows that are there.
 */
import type { Tables } from '../protocol/tables.ts'
import { type Answers, type Call, runBatch } from './call.ts'
import type { RowOf } from './row-types.ts'
import type { Found, PagedVerb, QueryOf, ScanCursor, ScanOptions } from './shapes.ts'
import { TableVerbs } from './table-verbs.ts'

/** A table of rows whose key is the element at `Keypos`, by default the first. */
export const tableOf = <Row extends RowOf<Row>, Keypos extends number = 1>(
  tables: Tables,
  name: string,
): Table<Row, Keypos> => new Table(tables, name)

export class Table<Row extends RowOf<Row>, Keypos extends number = 1> extends TableVerbs<Row, Keypos, 'now'> {
  /** The verbs as calls, for `runBatch` with calls on other tables of the process. */
  readonly calls: TableCalls<Row, Keypos>
  readonly #tables: Tables

  constructor(tables: Tables, name: string) {
    super(name)
    this.#tables = tables
    this.calls = new TableCalls(name)
  }

  /**
   * Runs several verbs as one turn, all or none: `batch((b) => [b.insert(row), b.lookup('a')])`.
   *
   * Shape:  a tuple of what each verb answers.
   * Errors: the first refusal, with its `index`; nothing has changed then. `bad_request` for an empty list.
   */
  batch<const Calls extends readonly Call<unknown>[]>(
    compose: (calls: TableCalls<Row, Keypos>) => Calls,
  ): Promise<Answers<Calls>> {
    return runBatch(this.#tables, compose(this.calls))
  }

  /**
   * The pages of a query, each a call of its own, none empty. A row that stays from first to last is met once,
   * whatever comes and goes between the pages.
   */
  async *scan<Verb extends PagedVerb>(
    verb: Verb,
    query: QueryOf<Verb>,
    { limit, cursor: from = null }: ScanOptions = {},
  ): AsyncGenerator<Found<Row>[Verb][], void, undefined> {
    let cursor: ScanCursor = from
    do {
      const page = await this.scanPage(verb, query, { ...(limit === undefined ? {} : { limit }), cursor })
      if (page.rows.length > 0) yield page.rows
      cursor = page.cursor
    } while (cursor !== null)
  }

  /** What `scan` gives, one by one. */
  async *scanAll<Verb extends PagedVerb>(
    verb: Verb,
    query: QueryOf<Verb>,
    options?: ScanOptions,
  ): AsyncGenerator<Found<Row>[Verb], void, undefined> {
    for await (const page of this.scan(verb, query, options)) yield* page
  }

  protected override async give<T>(call: Call<T>): Promise<T> {
    const [answer] = await runBatch(this.#tables, [call])
    return answer
  }
}

/** The verbs of a table as calls that wait for their batch. */
export class TableCalls<Row extends RowOf<Row>, Keypos extends number = 1> extends TableVerbs<
  Row,
  Keypos,
  'in a batch'
> {
  protected override give<T>(call: Call<T>): Call<T> {
    return call
  }
}
