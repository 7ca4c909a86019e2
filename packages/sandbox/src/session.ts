/** Starts the sandbox and says what to click and what to paste. */
import { readSettings, SettingError } from '@latchkey/platform'
import { demoPassword, demoReviewer, demoUser } from './demo.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'

/** Runs until it is told to stop. */
export async function start(): Promise<void> {
  try {
    const settings = readSettings(process.env)
    if (/^postgres(ql)?:/.test(settings.database)) {
      throw new SettingError(
        'npm start keeps its demo on SQLite. For PostgreSQL run: npx latchkey serve',
      )
    }
    const sandbox = await startSandbox({ settings, vendorPort: vendorPort() })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => sandbox.stop().then(() => process.exit(0)))
    }
    process.stdout.write(words(sandbox))
  } catch (error) {
    process.stderr.write(`Latchkey did not start: ${explain(error)}\n`)
    process.exit(1)
  }
}

function vendorPort(): number {
  const text = process.env.LATCHKEY_VENDOR_PORT || '4500'
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port > 0 && port < 65_536) return port
  throw new SettingError(`LATCHKEY_VENDOR_PORT is '${text}', but takes a port from 1 to 65535.`)
}

function explain(error: unknown): string {
  const { code, port, message } = error as NodeJS.ErrnoException & { port?: number }
  if (code === 'EADDRINUSE') {
    return `port ${port} is taken. Stop what uses it, or set LATCHKEY_PORT or LATCHKEY_VENDOR_PORT.`
  }
  return error instanceof SettingError ? message : (message ?? String(error))
}

function words({ platform, demo, redirectUri, vendorUrl, isNew }: Sandbox): string {
  const { url, database } = platform.settings
  const basic = btoa(`${demo.clientId}:${demo.clientSecret}`)
  const tokenUrl = `${url}/api/user-web/oauth/token`
  return `
  Latchkey is running.${isNew ? ' The demo data was made just now' : ' The demo data is that of the last start'}, in ${database}.

  CLICK
    The demo vendor      ${vendorUrl}            press Connect
    The platform         ${url}
    Connected apps       ${url}/account/connections
    Developer Platform   ${url}/developer
    Review               ${url}/review            as the reviewer
    Documentation        ${url}/docs/index.html
    Mail it would send   ${url}/dev/mail

  SIGN IN
    as a user            ${demoUser.email}     ${demoPassword}
    as a reviewer        ${demoReviewer.email}    ${demoPassword}

  PASTE
    1. Open the authorization link, sign in, press Authorize:

       ${url}/page/vendor-auth.html?clientId=${demo.clientId}

       The demo vendor shows you the code that arrives.

    2. Exchange the code (put it where it says CODE):

curl --location '${tokenUrl}?code=CODE&client_id=${demo.clientId}&redirect_uri=${encodeURIComponent(redirectUri)}&grant_type=authorization_code' \\
--header 'Authorization: Basic ${basic}' \\
--header 'Content-Type: application/x-www-form-urlencoded'

    3. Call the API:

curl '${url}/v1.0/me' \\
--header 'Content-Type: application/json' \\
--header 'Authorization: Bearer ACCESS_TOKEN'

    4. Refresh:

curl --location '${tokenUrl}?refresh_token=REFRESH_TOKEN&grant_type=refresh_token' \\
--header 'Authorization: Basic ${basic}' \\
--header 'Content-Type: application/x-www-form-urlencoded'

  Stop with Ctrl-C. Start again, and everything is as it was.

`
}
