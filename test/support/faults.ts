// Preloaded into a process (`--import`): what nobody catches, outside of any request, when a signal says so.
process.on('SIGUSR2', () => {
  setImmediate(() => {
    throw new Error('nobody catches this')
  })
})
process.on('SIGWINCH', () => {
  void Promise.reject(new Error('nobody waits for this'))
})
