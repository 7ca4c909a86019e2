// The bench's processes: each on a core of its own where the system can do that, each asked one
// thing at a time.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export type Child = { readonly name: string; readonly process: ChildProcess }

/**
 * True when servers run on core 0 and the generator on core 1. A container may own neither, so it
 * is tried.
 */
export const pinned = [0, 1].every(
  core => spawnSync('taskset', ['-c', String(core), 'true']).status === 0,
)

/**
 * Starts a file of the bench, on a core when they can be pinned. It ends when this process does.
 */
export function start(file: string, core: number): Child {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const node = [process.execPath, path]
  const [command = process.execPath, ...args] = pinned
    ? ['taskset', '-c', String(core), ...node]
    : node
  const child = spawn(command, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  return { name: file, process: child }
}

/**
 * Sends a message (or none) and gives the next one back.
 * @throws when the process ends or is silent for so many seconds: nothing in the bench waits for
 * ever.
 */
export function ask<T>(child: Child, message: object | undefined, seconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (error: Error | null, answer?: unknown) => {
      clearTimeout(timer)
      child.process.off('message', onMessage)
      child.process.off('exit', onExit)
      if (error) reject(error)
      else resolve(answer as T)
    }
    const onMessage = (answer: unknown) => settle(null, answer)
    const onExit = (code: number | null) => settle(new Error(`${child.name} ended (${code})`))
    const onTimeout = () => settle(new Error(`${child.name}: silent for ${seconds} s`))
    const timer = setTimeout(onTimeout, seconds * 1000)
    child.process.on('message', onMessage)
    child.process.on('exit', onExit)
    if (message) child.process.send(message)
    else if (child.process.exitCode !== null) onExit(child.process.exitCode)
  })
}

/** Lets a process end: its channel closes, and it leaves. */
export function stop(child: Child) {
  if (child.process.connected) child.process.disconnect()
}
