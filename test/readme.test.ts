import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { variables } from '../src/config-variables.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const readme = readFileSync(`${root}/README.md`, 'utf8')

test('the configuration table is the one that config.ts makes', () => {
  const rows = variables.map(({ name, meaning, default: value }) => `| \`${name}\` | ${meaning} | ${value} |`)
  const table = ['| variable | meaning | default |', '|---|---|---|', ...rows].join('\n')
  const found = /<!-- configuration:[^>]*-->\n([\s\S]*?)\n<!-- end of configuration -->/.exec(readme)?.[1]
  expect(found).toBe(table)
})

test('every file that the README names exists', () => {
  const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)]
    .map(([, path]) => path ?? '')
    .filter((path) => !path.startsWith('http'))
  expect(links.length).toBeGreaterThan(5)
  expect(links.filter((path) => !existsSync(`${root}/${path}`))).toEqual([])
})

test('every script that the README tells to run is there', () => {
  const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))
  const named = [...readme.matchAll(/npm (?:run (?:-s )?)?(demo|test|start|countersign)\b/g)].map(
    ([, name]) => name ?? '',
  )
  expect(new Set(named)).toEqual(new Set(['demo', 'test', 'start', 'countersign']))
  expect(named.filter((name) => !scripts[name])).toEqual([])
})
