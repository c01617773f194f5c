import type { Config } from '../config/config.ts'

/** What Node says of an address on which the process cannot listen. */
export interface ListenError extends NodeJS.ErrnoException {
  readonly port?: number
}

/** Why the server cannot listen, as a sentence. Any other error at start is a bug and is thrown again. */
export function whyNotListening(error: ListenError, { server }: Config): string {
  if (error.syscall !== 'listen' && error.syscall !== 'getaddrinfo') throw error
  const { host, operationsPort } = server
  const isOperations = operationsPort !== null && error.port === operationsPort
  const port = isOperations ? operationsPort : server.port
  const keys = isOperations ? 'server.operationsPort' : 'PORT or server.port'
  const place = `port ${port} of ${host}`
  if (error.code === 'EADDRINUSE') return `${place} is in use; set ${keys} to another one, or to 0 for any`
  if (error.code === 'EACCES') return `${place} is not for this user; ports below 1024 usually are not`
  if (error.code === 'EADDRNOTAVAIL')
    return `${host} is no address of this machine; set HOST or server.host to one that is, or to 0.0.0.0 for all`
  if (error.syscall === 'getaddrinfo')
    return `the host name ${host} is not known here; set HOST or server.host to an address, such as 127.0.0.1`
  return `cannot listen on ${place}: ${error.message}`
}
