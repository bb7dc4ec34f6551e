// What docs/operating.md says of figures and alerts is what there is: the table, /metrics, and the file of alerts agree.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import express from 'express'
import request from 'supertest'
import { sentences } from '../src/base/refusal.ts'
import { openMeasured } from '../src/measured.ts'
import { ownMetrics, processMetrics } from '../src/metric-list.ts'
import { pushResults } from '../src/push/sender.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const doc = readFileSync(`${root}/docs/operating.md`, 'utf8')
const alerts = readFileSync(`${root}/deploy/prometheus/alerts.yaml`, 'utf8')

type Row = { type: string; labels: readonly string[]; meaning: string }
const rows: [name: string, row: Row][] = Object.entries({ ...ownMetrics, ...processMetrics }).map(([name, row]) => [
  `countersign_${name}`,
  row,
])

test('the table of figures is the list', () => {
  const lines = rows.map(
    ([name, { type, labels, meaning }]) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${meaning} |`,
  )
  const table = ['| figure | type | labels | meaning |', '|---|---|---|---|', ...lines].join('\n')
  const found = /<!-- metrics:[^>]*-->\n([\s\S]*?)\n<!-- end of metrics -->/.exec(doc)?.[1]
  expect(found).toBe(table)
})

test('/metrics tells every figure of the list, and no other', async () => {
  const token = 'a-token-of-thirty-two-characters-or-more'
  const app = express().get('/metrics', openMeasured(token).serve)
  const { text } = await request(app).get('/metrics').set('Authorization', `Bearer ${token}`)
  const told = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`)
  expect(told.sort()).toEqual(rows.map(([name, { type }]) => `${name} ${type}`).sort())
  for (const [name, { meaning }] of Object.entries(ownMetrics))
    expect(text).toContain(`# HELP countersign_${name} ${meaning}\n`)
})

/** An alert and its expression, as the file writes them: one in the line, or folded over the lines below. */
const rules = alerts
  .split(/^ {6}- alert: /m)
  .slice(1)
  .map((rule) => ({
    name: /^\w+/.exec(rule)?.[0] ?? '',
    expression: /^ {8}expr: (?:>-\n)?([\s\S]*?)^ {8}(?:for|labels):/m.exec(rule)?.[1] ?? '',
    rule,
  }))

/** The values that a label of an alert may have. */
const values: Readonly<Record<string, readonly string[]>> = {
  phase: ['open', 'approved', 'denied', 'reported', 'expired', 'cancelled', 'answered'],
  code: [...Object.keys(sentences), 'internal'],
  contract: ['external-mfa', 'custom-control', 'none'],
  result: [...pushResults, 'done', 'failed'],
  level: ['warn', 'error'],
  door: ['entra', 'device', 'authenticator', 'admin', 'assets', 'healthz', 'readyz', 'metrics', 'other'],
}

/** What an expression selects that there is not. */
function faultsOf(expression: string): string[] {
  return [...expression.matchAll(/(countersign_\w+)(?:\{([^}]*)\})?/g)].flatMap(([, selected = '', matchers = '']) => {
    const found = rows.find(
      ([name, { type }]) =>
        selected === name || (type === 'histogram' && new RegExp(`^${name}_(bucket|sum|count)$`).test(selected)),
    )
    if (!found) return [`no figure ${selected}`]
    return [...matchers.matchAll(/(\w+)(?:=~|!~|!=|=)"([^"]*)"/g)].flatMap(([, label = '', wanted = '']) => {
      if (!found[1].labels.includes(label)) return [`${selected} has no label ${label}`]
      return wanted
        .split('|')
        .filter((value) => !values[label]?.includes(value))
        .map((value) => `${label} is never ${value}`)
    })
  })
}

describe('the alerts', () => {
  test('are those that the page explains, in its order', () => {
    expect(rules.length).toBeGreaterThan(10)
    expect([...doc.matchAll(/^- \*\*(Countersign\w+)\*\*: /gm)].map(([, name]) => name)).toEqual(
      rules.map(({ name }) => name),
    )
  })

  test('ask for figures, labels and values that there are', () => {
    expect(rules.filter(({ expression }) => expression === '')).toEqual([])
    expect(rules.flatMap(({ expression }) => faultsOf(expression))).toEqual([])
  })

  test('each say how bad it is, and what is wrong', () => {
    for (const { rule } of rules) {
      expect(rule).toMatch(/^ {8}labels: \{ severity: (critical|warning) \}$/m)
      expect(rule).toMatch(/^ {8}annotations: \{ summary: '[^']+' \}$/m)
    }
  })

  test.each([
    ['countersign_sign_in_total > 0', 'no figure countersign_sign_in_total'],
    ['countersign_ready_bucket > 0', 'no figure countersign_ready_bucket'],
    ['rate(countersign_sign_ins_total{state="reported"}[5m])', 'countersign_sign_ins_total has no label state'],
    ['countersign_sign_ins_total{phase=~"open|closed"}', 'phase is never closed'],
  ])('this check can fail: %s', (expression, fault) => {
    expect(faultsOf(expression)).toEqual([fault])
  })
})
