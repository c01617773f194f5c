/** Command lines for a POSIX shell. */

/**
 * A text as one word of a command line, whatever it holds.
 *
 * @param {string} text
 */
export function quoted(text) {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/**
 * The `curl` line of a request. Credentials are not in it: it names the variable of the shell that should hold each.
 *
 * @param {import('./request.js').Asked} asked
 */
export function curlLine({ method, url, accept, credentials, body }) {
  const headers = credentials.map(({ header, prefix, variable }) => `-H "${header}: ${prefix}$${variable}"`)
  const stream = accept === 'application/json' ? [] : ['-N', '-H', quoted(`Accept: ${accept}`)]
  const change = method === 'GET' ? [] : ['-X', method]
  const content = body === '' ? [] : ['-H', quoted('Content-Type: application/json'), '--data-raw', quoted(body)]
  return ['curl', ...stream, ...change, ...headers, ...content, quoted(url)].join(' ')
}
