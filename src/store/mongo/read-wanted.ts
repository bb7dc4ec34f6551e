// What a group of writes must have read, in one round trip of its transaction. `$unionWith` is not allowed in a transaction, a
// `$lookup` without a join is: each collection is looked up beside the one document that is this process's own.
import type { ClientSession, PipelineStage } from 'mongoose'
import { ChainMoved } from './chain.ts'
import { anyOf } from './matching.ts'
import type { Models } from './models.ts'
import type { Wanted } from './overlay.ts'
import type { Collection } from './rows.ts'

export type Read = {
  rows: ReadonlyMap<Collection, readonly unknown[]>
  /** The newest position of the audit log, where it was looked at by the way. */
  newest: number | undefined
}

/** `writer` names the chain of this process. Throws ChainMoved when it is not there any more. */
export async function readWanted(
  { models, session, writer }: { models: Models; session: ClientSession; writer: string },
  wanted: readonly Wanted[],
): Promise<Read> {
  const matches = new Map<Collection, Map<string, object>>()
  for (const each of wanted) {
    for (const [collection, ofWrite] of Object.entries(each) as [Collection, readonly object[]][]) {
      if (ofWrite.length === 0) continue
      const ofCollection = matches.get(collection) ?? new Map()
      matches.set(collection, ofCollection)
      for (const match of ofWrite) ofCollection.set(JSON.stringify(match), match)
    }
  }
  if (matches.size === 0) return { rows: new Map(), newest: undefined }

  const lookUps = [...matches].map(([collection, ofCollection]): PipelineStage.Lookup => {
    const pipeline = [{ $match: anyOf([...ofCollection.values()]) }]
    return { $lookup: { from: collection, as: `wanted.${collection}`, pipeline } }
  })
  const newest = [{ $sort: { _id: -1 } }, { $limit: 1 }, { $project: { _id: 1 } }] as const
  const [found] = await models.writer
    .aggregate<{ wanted: Partial<Record<Collection, unknown[]>>; newest: { _id: number }[] }>([
      { $match: { _id: writer } },
      { $project: { _id: 1 } },
      { $lookup: { from: 'audit', as: 'newest', pipeline: [...newest] } },
      ...lookUps,
    ])
    .session(session)
  if (!found) throw new ChainMoved()
  return {
    rows: new Map(Object.entries(found.wanted) as [Collection, unknown[]][]),
    newest: found.newest[0]?._id ?? 0,
  }
}
