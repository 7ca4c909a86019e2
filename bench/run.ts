// `npm run bench [-- QUESTION] [OPTION …]`: one question a file. Without a name: how fast beside others?

const questions = {
  peers: 'beside other servers, step by step',
  workers: 'two processes on two cores beside one on one',
  rows: 'millions of connections in the database beside ten thousand',
  steady: 'the latency of a refresh at half the top rate, while other things go on',
}

const [first = 'peers'] = process.argv.slice(2)
const named = first.startsWith('-') ? 'peers' : first
if (!Object.hasOwn(questions, named)) {
  const list = Object.entries(questions).map(([name, what]) => `  ${name.padEnd(10)}${what}`)
  console.error(`usage: npm run bench -- [QUESTION] [OPTION …]\n${list.join('\n')}`)
  process.exit(2)
}
if (named === first) process.argv.splice(2, 1)
await import(`./${named}.ts`)
