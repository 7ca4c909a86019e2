/** The public names of `@latchkey/sandbox`. */
export { demoPassword, demoReviewer, demoUser, ensureDemo } from './demo.ts'
export { type Sandbox, type SandboxOptions, startSandbox } from './sandbox.ts'
