/** Serves the product on port 4400, or the one in PORT. */
import { createServer } from 'node:http'
import { createProduct } from './product.ts'

const port = Number(process.env.PORT ?? 4400)
const { product } = await createProduct(`http://localhost:${port}`, { database: ':memory:' })

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const answer = await product.fetch(
    new Request(`http://localhost:${port}${request.url}`, {
      method: request.method ?? 'GET',
      headers: Object.entries(request.headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, String(value)] as [string, string]],
      ),
      body: chunks.length > 0 ? Buffer.concat(chunks) : null,
    }),
  )
  response.statusCode = answer.status
  for (const [name, value] of answer.headers) response.appendHeader(name, value)
  response.end(Buffer.from(await answer.arrayBuffer()))
})
server.listen(port, '127.0.0.1', () => {
  process.stdout.write(`The product answers at http://localhost:${port}/login\n`)
})
