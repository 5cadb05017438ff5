/** Sends calls to the service, of which the second, which leads those that wait, is cut off in the middle. */
const pause = (delayMs) => new Promise((resume) => setTimeout(resume, delayMs))

export default {
  async fetch(request, env) {
    const { table, key, followers } = await request.json()
    const call = (signal) =>
      env.SERVICE.fetch(`http://service/v1/tables/${table}/ops`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: JSON.stringify({ op: 'update_counter', args: ['n', 1] }),
        ...(signal === undefined ? {} : { signal }),
      }).then(
        async (response) => [response.status, (await response.json()).value],
        () => ['cut'],
      )
    const first = call()
    await pause(100)
    const cut = new AbortController()
    const leader = call(cut.signal)
    await pause(100)
    const others = Array.from({ length: followers }, () => call())
    await pause(100)
    cut.abort()
    return Response.json({ first: await first, leader: await leader, others: await Promise.all(others) })
  },
}
