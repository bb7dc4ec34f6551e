// What is rung, set, signed with and recorded. Several rows of SQLite are one document where they are read together.
import type { SigningKey } from '../../keys/signing-key.ts'
import type { Ring, Unwanted } from '../../push/ring.ts'
import type { Copied } from './copied.ts'
import { bodied, type Filled, flat, type Mapping, mapped, selectOf, type TableRow } from './mapping.ts'

/** One document of the rows that follow each other under one name. */
function* grouped<T>(rows: Iterable<TableRow>, documentOf: (rows: [TableRow, ...TableRow[]]) => T): Generator<T> {
  let group: [TableRow, ...TableRow[]] | undefined
  for (const row of rows) {
    if (group && group[0]._id === row._id) group.push(row)
    else {
      if (group) yield documentOf(group)
      group = [row]
    }
  }
  if (group) yield documentOf(group)
}

const lastOf = (each: readonly { at: number }[]): number => each.at(-1)?.at ?? 0

const ring: Mapping<'ring'> = {
  tables: ['ring'],
  read: (query) =>
    grouped(query('SELECT key AS _id, at, prompt FROM ring ORDER BY key, at, rowid'), (rows) => {
      const rings = rows.map(({ at, prompt }) => ({ at, prompt }) as Ring)
      return { _id: String(rows[0]._id), rings, lastAt: lastOf(rings) }
    }),
  fill: ({ _id, rings }) => rings.map(({ at, prompt }) => ({ table: 'ring', columns: { key: _id, at, prompt } })),
}

const unwanted: Mapping<'unwanted'> = {
  tables: ['unwanted'],
  read: (query) => {
    const sql = `SELECT tenant_id || '/' || object_id AS _id, tenant_id, object_id, at, kind FROM unwanted
      ORDER BY 1, at, rowid`
    return grouped(query(sql), (rows) => {
      const { _id, tenant_id, object_id } = rows[0]
      const each = rows.map(({ at, kind }) => ({ at, kind }) as Unwanted)
      const person = { tenantId: String(tenant_id), objectId: String(object_id) }
      return { _id: String(_id), ...person, unwanted: each, lastAt: lastOf(each) }
    })
  },
  fill: ({ tenantId, objectId, unwanted }) =>
    unwanted.map(({ at, kind }) => {
      return { table: 'unwanted', columns: { tenant_id: tenantId, object_id: objectId, at, kind } }
    }),
}

const keyBook: Mapping<'key_book'> = {
  tables: ['key_book', 'signing_key'],
  *read(query) {
    for (const { version, seen_at } of query('SELECT version, seen_at FROM key_book')) {
      const keys = [...query('SELECT body FROM signing_key ORDER BY position')]
      const read = keys.map(({ body }) => JSON.parse(String(body)) as SigningKey)
      yield { _id: 'key-book', version: Number(version), seenAt: Number(seen_at), keys: read }
    }
  },
  fill: ({ version, seenAt, keys }): Filled[] => [
    { table: 'key_book', columns: { one: 1, version, seen_at: seenAt } },
    ...keys.map((key, position) => {
      const columns = { kid: key.kid, signs_from: key.signsFrom, body: JSON.stringify(key), position }
      return { table: 'signing_key', columns }
    }),
  ],
}

const lastHint: Mapping<'last_hint'> = {
  tables: ['last_hint'],
  read: (query) => {
    const columns = { _id: `integration_id || ' ' || contract`, integrationId: 'integration_id', contract: 'contract' }
    const more = ', accepted_at, refused_at, code, reason'
    return mapped(query(selectOf('last_hint', columns, more)), (row) => ({
      ...{ _id: String(row._id), integrationId: String(row.integrationId), contract: String(row.contract) },
      acceptedAt: row.accepted_at === null ? null : Number(row.accepted_at),
      refused:
        row.refused_at === null
          ? null
          : { at: Number(row.refused_at), code: String(row.code), reason: String(row.reason) },
    }))
  },
  fill: ({ integrationId, contract, acceptedAt, refused }) => {
    const { at, code, reason } = refused ?? { at: null, code: null, reason: null }
    const columns = { integration_id: integrationId, contract, accepted_at: acceptedAt, refused_at: at, code, reason }
    return [{ table: 'last_hint', columns }]
  },
}

const refusalCount: Mapping<'refusal_count'> = {
  ...flat<'refusal_count'>('refusal_count', {
    _id: `json_array(minute, type, code, nullif(integration_id, ''), address)`,
    ...{ minute: 'minute', type: 'type', code: 'code', integrationId: `nullif(integration_id, '')` },
    ...{ address: 'address', reason: 'reason', count: 'count' },
  }),
  fill: ({ minute, type, code, integrationId, address, reason, count }) => [
    {
      table: 'refusal_count',
      // A key has no NULL.
      columns: { minute, type, code, integration_id: integrationId ?? '', address, reason, count },
    },
  ],
}

/** Verbatim: positions, numbers and digests are what they were, and a record to come stands behind all of them. */
const audit: Mapping<'audit'> = {
  tables: ['audit'],
  read: (query) =>
    mapped(
      query('SELECT * FROM audit ORDER BY position'),
      ({ position, writer, seq, at, event, previous, digest }) => ({
        ...{ _id: Number(position), writer: String(writer), seq: Number(seq), at: Number(at) },
        ...{ event: JSON.parse(String(event)), previous: String(previous), digest: String(digest) },
      }),
    ),
  fill: ({ _id, writer, seq, at, event, previous, digest }) => {
    const { type } = event
    const columns = { position: _id, writer, seq, at, type, event: JSON.stringify(event), previous, digest }
    return [{ table: 'audit', columns }]
  },
}

export const recordTables = {
  push_subscription: bodied<'push_subscription'>('push_subscription', { columns: { _id: 'device_id' }, named: false }),
  ring,
  unwanted,
  setting: flat<'setting'>('setting', { _id: 'name', value: 'value' }),
  key_book: keyBook,
  last_hint: lastHint,
  refusal_count: refusalCount,
  limit_window: flat<'limit_window'>('limit_window', {
    ...{ _id: 'key', hits: 'hits', resetAt: 'reset_at', endsAt: 'reset_at' },
  }),
  audit,
  audit_checkpoint: flat<'audit_checkpoint'>('audit_checkpoint', {
    ...{ _id: 'number', at: 'at', through: 'through', jws: 'jws' },
  }),
  audit_chain: flat<'audit_chain'>('audit_chain', { _id: 'writer', seq: 'seq', closed: 'closed' }, ['closed']),
  // Whoever delivered there has ended: who comes next waits until its time is over, and goes on where that one stood.
  forward_destination: bodied<'forward_destination'>('forward_destination', {
    columns: { _id: 'id', holder: 'holder', heldUntil: 'held_until' },
  }),
  forward_mark: flat<'forward_mark'>('forward_mark', {
    ...{ _id: `destination_id || '/' || writer`, destinationId: 'destination_id', writer: 'writer', seq: 'seq' },
  }),
  dead_letter: bodied<'dead_letter'>('dead_letter', {
    columns: {
      _id: `destination_id || '/' || writer || '/' || seq`,
      ...{ destinationId: 'destination_id', writer: 'writer', seq: 'seq', failedAt: 'failed_at', again: 'again' },
    },
    named: false,
    flags: ['again'],
  }),
} as const satisfies { readonly [C in Copied]?: Mapping<C> }
