/** A child's side: answers each question with what `answer` resolves to, and ends when its parent lets go of it. */
export function serve<Question>(answer: (question: Question) => Promise<object> | object): void {
  process.on('message', (question) => {
    void Promise.resolve(answer(question as Question)).then((answered) => process.send?.(answered))
  })
  process.once('disconnect', () => process.exit(0))
}

/** Processor time of this process so far, all its threads, user and system, in microseconds. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
