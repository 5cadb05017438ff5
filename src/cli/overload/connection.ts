/**
 * Connection: one kept-alive socket with one request at a time, as cheap as Node allows.
 *
 * Who offers more than a service can take shares the machine with it: a client that costs more than what it asks for
 * would measure itself. Of an answer only what the drill judges is read.
 *
 * Limits: answers must have a `Content-Length`, which workerd gives to every body that is one string.
 */
import { connect, type Socket } from 'node:net'

/** What is judged of an answer. */
export interface Judged {
  readonly status: number
  /** Of a problem; empty for a success. */
  readonly code: string
  readonly hasRetryAfter: boolean
}

const HEAD_END = '\r\n\r\n'

export class Connection {
  readonly #socket: Socket
  #received = ''
  #isAnswered = true
  #onAnswer: (answer: Judged) => void = () => {}
  #onBroken: (reason: string) => void = () => {}
  /** When it was last used, by its owner's clock. */
  usedMs = 0

  constructor(url: string) {
    const { hostname, port } = new URL(url)
    this.#socket = connect(Number(port), hostname)
    this.#socket.setNoDelay(true)
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (text: string) => this.#receive(text))
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#break(error.code ?? error.message))
    this.#socket.on('close', () => this.#break('closed'))
  }

  get isClosed(): boolean {
    return this.#socket.destroyed
  }

  /** Sends a request, as bytes; exactly one of the two is called, once. */
  send(request: string, onAnswer: (answer: Judged) => void, onBroken: (reason: string) => void): void {
    this.#onAnswer = onAnswer
    this.#onBroken = onBroken
    this.#isAnswered = false
    this.#socket.write(request, 'latin1')
  }

  close(): void {
    this.#isAnswered = true
    this.#socket.destroy()
  }

  #receive(text: string): void {
    this.#received = this.#received === '' ? text : this.#received + text
    const end = this.#received.indexOf(HEAD_END)
    if (end === -1) return
    const head = this.#received.slice(0, end)
    const length = Number(
      /\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? (head.startsWith('HTTP/1.1 204') ? 0 : Number.NaN),
    )
    if (Number.isNaN(length)) {
      this.#socket.destroy()
      this.#break('no Content-Length')
      return
    }
    const start = end + HEAD_END.length
    if (this.#received.length < start + length) return
    const status = Number(head.slice(9, 12))
    const isSuccess = status < 300
    const body = isSuccess ? '' : this.#received.slice(start, start + length)
    this.#received = ''
    this.#isAnswered = true
    this.#onAnswer({
      status,
      code: isSuccess ? '' : (/"code":"(\w+)"/.exec(body)?.[1] ?? ''),
      hasRetryAfter: !isSuccess && /\r\nretry-after: \d+/i.test(head),
    })
  }

  #break(reason: string): void {
    if (this.#isAnswered) return
    this.#isAnswered = true
    this.#onBroken(reason)
  }
}
