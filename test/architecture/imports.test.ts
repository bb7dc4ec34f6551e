import { describe, expect, test } from '@jest/globals'
import { capabilities, doors, table } from './import-table.ts'
import { filesIn, importsOf, isBrowserCode, type SourceFile, server, targetOf } from './source-files.ts'

/** The row of the table for a path below src/: the longest that fits. */
const placeOf = (path: string): string | undefined =>
  Object.keys(table)
    .filter((place) => path === `src/${place}` || path.startsWith(`src/${place}/`))
    .sort((a, b) => b.length - a.length)[0]

function allows(permission: string, target: string, typeOnly: boolean): boolean {
  if (permission === '*') return true
  if (permission.startsWith('type ')) return typeOnly && allows(permission.slice(5), target, typeOnly)
  if (permission.endsWith('.ts')) return target === `src/${permission}`
  return target.startsWith(`src/${permission}/`) && !isBrowserCode(target)
}

/** Every import that the table does not allow, in words. */
function importFaults(files: SourceFile[]): string[] {
  return files.flatMap((file) => {
    const place = placeOf(file.path)
    if (!place) return [`${file.path} is in no row of the import table`]
    return importsOf(file).flatMap(({ from, typeOnly }) => {
      if (from === '?') return [`${file.path} imports something that is not written there`]
      if (!from.startsWith('.')) return []
      const target = targetOf(file.path, from)
      if (!target.startsWith('src/')) return [`${file.path} imports ${target}, from outside src`]
      if (placeOf(target) === place) return []
      const allowed = (table[place] ?? []).some((permission) => allows(permission, target, typeOnly))
      return allowed ? [] : [`${file.path} may not import ${typeOnly ? 'types of ' : ''}${target}`]
    })
  })
}

const isIn = (path: string, places: readonly string[]): boolean =>
  places.some((place) => path === `src/${place}` || path.startsWith(`src/${place}/`))

/** Packages that only some places may know. */
const packages: Readonly<Record<string, readonly string[]>> = {
  'node:sqlite': ['store/sqlite'],
  mongoose: ['store/mongo'],
  mongodb: ['store/mongo'],
  express: [...doors, 'http', 'app.ts'],
  'web-push': ['push'],
  'firebase-admin': ['push'],
  passport: ['admin'],
  'openid-client': ['admin'],
}

const packageFaults = (files: SourceFile[]): string[] =>
  files.flatMap((file) =>
    importsOf(file)
      .filter(({ from }) => {
        const name = Object.keys(packages).find((known) => from === known || from.startsWith(`${known}/`))
        return name !== undefined && !isIn(file.path, packages[name] ?? [])
      })
      .map(({ from }) => `${file.path} may not import ${from}`),
  )

/** A `fetch` that was handed to a file, by name or in an object: what it then calls is not the machine's. */
const HANDED = /const \{[^{}:]*\bfetch\b[^{}:]*\} =|\(\{[^{}:]*\bfetch\b[^{}:]*\}:|\(fetch:/

/** What comes from the machine, and the one server file that asks for it. An instant made from a number asks nobody. */
const machine: { what: string; asks: RegExp; file: string }[] = [
  {
    what: 'the clock',
    asks: /\bnew Date\(\s*\)|\bDate\(\)|\bDate\.now\b|\bnew Date\b(?!\()/,
    file: 'src/base/clock.ts',
  },
  {
    what: 'chance',
    asks: /\bMath\.random\b|\brandomBytes\b|\brandomInt\b|\brandomUUID\b|\brandomFill|\bgetRandomValues\b/,
    file: 'src/base/random.ts',
  },
  { what: 'the environment', asks: /\bprocess\.env\b|\benv\b.*from 'node:process'/, file: 'src/config.ts' },
  {
    what: 'the network',
    asks: new RegExp(`^(?![\\s\\S]*(?:${HANDED.source}))[\\s\\S]*(?<![.\\w])fetch\\s*[(,}]|\\bglobalThis\\.fetch\\b`),
    file: 'src/capabilities.ts',
  },
]

const machineFaults = (files: SourceFile[]): string[] =>
  files.flatMap(({ path, text }) =>
    machine.filter(({ asks, file }) => path !== file && asks.test(text)).map(({ what }) => `${path} asks for ${what}`),
  )

describe('imports', () => {
  const files = filesIn('src', ['.ts'])

  test('follow the table', () => {
    expect(importFaults(files)).toEqual([])
  })

  test('the table lets no door into another, and no capability into a door, HTTP or a store', () => {
    const reaches = (places: readonly string[], targets: readonly string[]): string[] =>
      places.flatMap((place) =>
        (table[place] ?? [])
          .map((permission) => permission.replace(/^type /, '').split('/')[0] ?? '')
          .filter((target) => target === '*' || targets.includes(target))
          .map((target) => `${place} -> ${target}`),
      )
    expect(reaches(doors, [...doors, 'store'])).toEqual([])
    expect(reaches(capabilities, [...doors, 'http', 'store'])).toEqual([])
    expect(reaches(['base'], Object.keys(table))).toEqual([])
    expect(reaches(['signin', 'device-api'], ['keys'])).toEqual([])
  })

  test('databases are known in store, express in doors, http and app', () => {
    expect(packageFaults(files)).toEqual([])
  })

  test('clock, chance, environment and network are each asked for in one server file', () => {
    expect(machineFaults(server())).toEqual([])
    for (const { asks, file } of machine) {
      expect(server().filter(({ path, text }) => path === file && asks.test(text))).toHaveLength(1)
    }
  })

  test('the simulators know nothing of Countersign: they judge it', () => {
    expect(simulatorFaults(SIMULATORS.flatMap((folder) => filesIn(`test/${folder}`, ['.ts', '.js'])))).toEqual([])
  })
})

const SIMULATORS = ['entra-simulator', 'phone-simulator', 'push-services']

const simulatorFaults = (files: SourceFile[]): string[] =>
  files.flatMap((file) =>
    importsOf(file)
      .map(({ from }) => (from.startsWith('.') ? targetOf(file.path, from) : from))
      .filter((target) => target.startsWith('src/') || target === '?')
      .map((target) => `${file.path} imports ${target}`),
  )

describe('these checks can fail', () => {
  const file = (path: string, ...lines: string[]): SourceFile => ({ path, text: lines.join('\n') })

  test.each([
    ['signin/bad.ts', "import { createKeys } from '../keys/keys.ts'"],
    ['signin/bad.ts', "import type { Integration } from '../integrations/integration.ts'"],
    ['entra/bad.ts', "import { sendProblem } from '../device-api/problems.ts'"],
    ['entra/bad.ts', "import { createDevices } from '../devices/devices.ts'"],
    ['device-api/bad.ts', "export { createKeys } from '../keys/keys.ts'"],
    ['devices/bad.ts', "import { statusOf } from '../http/errors.ts'"],
    ['base/bad.ts', "export * from '../audit/audit.ts'"],
    ['http/bad.ts', "const service = await import('../service.ts')"],
    ['http/bad.ts', "const service = await import('../service.ts', {})"],
    ['http/bad.ts', 'const anything = await import(name)'],
    ['http/bad.ts', 'const anything = await import(`../keys/` + name)'],
    ['keys/bad.ts', "import '../main.ts'"],
    ['keys/bad.ts', "import {\n  type A,\n  b,\n} from '../devices/devices.ts'"],
    ['store/sqlite/bad.ts', "import { phaseAt } from '../../signin/transaction.ts'"],
    ['store/sqlite/bad.ts', "import { type SignIn } from '../../signin/sign-in.ts'"],
    ['store/sqlite/bad.ts', "import type { Keys } from '../../entra/routes.ts'"],
    ['authenticator/browser/bad.ts', "import { claims } from '../../device-api/contract.ts'"],
    ['authenticator/browser/bad.ts', "import type { Caller } from '../../device-api/routes.ts'"],
    ['authenticator/browser/bad.ts', "import { sha256 } from '../../base/digest.ts'"],
    ['authenticator/bad.ts', "import { home } from './browser/home-view.ts'"],
    ['base/bad.ts', "import { phone } from '../../test/phone-simulator/phone.ts'"],
    ['new-folder/bad.ts', ''],
    ['new-file.ts', ''],
  ])('%s: %s', (path, text) => {
    expect(importFaults([file(`src/${path}`, text)])).toHaveLength(1)
  })

  test.each([
    ['store/sqlite/good.ts', "import type { SignIn } from '../../signin/sign-in.ts'"],
    ['store/mongo/good.ts', "import type { Stores } from '../stores.ts'"],
    ['entra/good.ts', "import { ticketOf } from '../devices/ticket.ts'"],
    ['signin/good.ts', "// import { createKeys } from '../keys/keys.ts'"],
    ['signin/good.ts', "export type Way = 'a' | 'b'\nexport const from = '../keys/keys.ts'"],
    ['authenticator/browser/good.ts', "import type { Account } from '../../device-api/contract.ts'"],
  ])('and let pass what is right: %s: %s', (path, text) => {
    expect(importFaults([file(`src/${path}`, text)])).toEqual([])
  })

  test.each([
    ['keys/bad.ts', "import { DatabaseSync } from 'node:sqlite'"],
    ['store/mongo/bad.ts', "import { DatabaseSync } from 'node:sqlite'"],
    ['service.ts', "import mongoose from 'mongoose'"],
    ['signin/bad.ts', "import type { Request } from 'express'"],
    ['http/bad.ts', "const push = await import('firebase-admin/messaging')"],
    ['administrators/bad.ts', "import { Strategy } from 'openid-client/passport'"],
  ])('packages: %s: %s', (path, text) => {
    expect(packageFaults([file(`src/${path}`, text)])).toHaveLength(1)
  })

  test.each([
    ['signin/bad.ts', 'const now = Date.now()'],
    ['signin/bad.ts', 'const now = new Date()'],
    ['signin/bad.ts', "import { randomUUID } from 'node:crypto'"],
    ['base/clock.ts', 'crypto.getRandomValues(bytes)'],
    ['main.ts', 'process.env.HOME'],
    ['main.ts', "import { env } from 'node:process'"],
    ['entra/bad.ts', 'const response = await fetch(url)'],
    ['service.ts', 'const entraKeys = createEntraKeys({ fetch, clock })'],
    ['push/bad.ts', 'const { fetch } = deps\nconst response = await globalThis.fetch(url)'],
  ])('the machine: %s: %s', (path, text) => {
    expect(machineFaults([file(`src/${path}`, text)])).toHaveLength(1)
  })

  test.each([
    'const { fetch, clock } = options\nconst response = await fetch(url)',
    'const get = ({ clock, fetch }: Deps) => fetch(url)',
    'const measuring = (fetch: Fetch) => async (url) => fetch(url)',
    'createEntraKeys({ fetch: world.fetch, clock })',
    'const response = await world.fetch(url)',
  ])('and a fetch that was handed on is let pass: %s', (text) => {
    expect(machineFaults([file('src/entra/good.ts', text)])).toEqual([])
  })

  test('the simulators', () => {
    const bad = file('test/entra-simulator/bad.ts', "import { sha256 } from '../../src/base/digest.ts'")
    expect(simulatorFaults([bad])).toHaveLength(1)
  })
})
