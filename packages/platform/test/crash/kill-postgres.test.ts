import { test } from 'node:test'
import { killRounds } from './lives.ts'

test('kill -9 of a serving process on PostgreSQL, 50 rounds', t => killRounds(t, 'PostgreSQL'))
