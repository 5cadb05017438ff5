/**
 * Connection: one request at a time over one kept-alive socket, as cheap as Node allows.
 *
 * The machine is shared by those who ask and those who answer: a client that costs more than what it measures
 * would hide it. `node:http` takes four times the processor time of this.
 *
 * Limits: answers must have a `Content-Length`, which workerd gives to every body that is one string.
 */
import { connect, type Socket } from 'node:net'

export interface Answer {
  readonly status: number
  /** The status line and the headers. */
  readonly head: string
  readonly body: string
}

const HEAD_END = '\r\n\r\n'

export class Connection {
  readonly #socket: Socket
  #received = ''
  #isClosed = false
  #waiting: PromiseWithResolvers<Answer> | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => this.#receive(text))
    socket.on('error', (error) => this.#waiting?.reject(error))
    socket.on('close', () => {
      this.#isClosed = true
      this.#waiting?.reject(new Error('the connection was closed'))
    })
  }

  static open(url: string): Promise<Connection> {
    const { hostname, port } = new URL(url)
    return new Promise((done, failed) => {
      const socket = connect(Number(port), hostname, () => {
        socket.off('error', failed)
        done(new Connection(socket))
      })
      socket.once('error', failed)
    })
  }

  /** Whether it has ended: workerd closes one that is idle for some seconds. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Sends a request and resolves with its answer. Errors: a connection that ends meanwhile. */
  send(method: string, path: string, headers = '', body = ''): Promise<Answer> {
    const waiting = Promise.withResolvers<Answer>()
    this.#waiting = waiting
    const length = body === '' ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`
    this.#socket.write(`${method} ${path} HTTP/1.1\r\nHost: bench\r\n${headers}${length}\r\n${body}`)
    return waiting.promise
  }

  close(): void {
    this.#waiting = undefined
    this.#socket.destroy()
  }

  #receive(text: string): void {
    this.#received += text
    const end = this.#received.indexOf(HEAD_END)
    if (end === -1) return
    const start = end + HEAD_END.length
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#received.slice(0, start))?.[1])
    if (Number.isNaN(length)) {
      this.#waiting?.reject(new Error('an answer without a Content-Length'))
      return
    }
    if (this.#received.length < start + length) return
    const head = this.#received.slice(0, end)
    const status = Number(head.slice(9, 12))
    const body = this.#received.slice(start, start + length)
    this.#received = ''
    this.#waiting?.resolve({ status, head, body })
  }
}
