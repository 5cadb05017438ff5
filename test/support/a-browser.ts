/** A browser as far as sessions are concerned: it keeps cookies as they say, follows redirects, and says where it is. */
export class Browser {
  readonly cookies = new Map<string, string>()
  /** The `Set-Cookie` of every answer, in order. */
  readonly given: string[] = []
  readonly #origin: string
  readonly #send: (request: Request) => Response | Promise<Response>
  readonly #headers: Record<string, string>

  constructor(
    origin: string,
    send: (request: Request) => Response | Promise<Response>,
    headers: Record<string, string> = {},
  ) {
    this.#origin = origin
    this.#send = send
    this.#headers = headers
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.#go('GET', path, undefined, headers)
  }

  /** Sends a form from a page of the same origin. */
  post(
    path: string,
    fields: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return this.#go('POST', path, new URLSearchParams(fields), {
      'sec-fetch-site': 'same-origin',
      ...headers,
    })
  }

  async #go(
    method: string,
    path: string,
    body: URLSearchParams | undefined,
    headers: Record<string, string>,
  ): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await this.#send(
      new Request(new URL(path, this.#origin), {
        method,
        headers: { ...(cookie === '' ? {} : { cookie }), ...this.#headers, ...headers },
        redirect: 'manual',
        ...(body === undefined ? {} : { body }),
      }),
    )
    for (const set of response.headers.getSetCookie()) this.#keep(set)
    const location = response.headers.get('location')
    return location === null ? response : this.get(location)
  }

  #keep(set: string): void {
    this.given.push(set)
    const [pair = '', ...attributes] = set.split('; ')
    const [name = '', value = ''] = pair.split('=')
    if (attributes.includes('Max-Age=0')) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}
