import { test } from 'node:test'
import { killRounds } from './lives.ts'

test('kill -9 of a serving process on SQLite, 50 rounds', t => killRounds(t, 'SQLite'))
