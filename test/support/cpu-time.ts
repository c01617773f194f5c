/**
 * The CPU time of this thread so far, in milliseconds. Unlike a clock, it stands still while other work has the machine,
 * so that what a computation may take holds on a busy machine too.
 */
export function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
