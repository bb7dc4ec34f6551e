import { type Command, CommandRefused, oneOf, table } from './command.ts'

export const copyCommands: Record<string, Command> = {
  'store copy': {
    usage: 'store copy --to mongodb|embedded',
    summary:
      'Copies the whole store between the data directory and COUNTERSIGN_MONGODB_URI, and compares both. Stop every node first.',
    options: ['to'],
    bringsStore: true,
    async runUnopened({ config, copyStore }, given) {
      const to = oneOf('to', given.required('to'), ['mongodb', 'embedded'])
      if (!config.mongodbUri)
        throw new CommandRefused('Give both: COUNTERSIGN_MONGODB_URI, and COUNTERSIGN_DATA_DIR for the embedded store.')
      const { same, compared, removed } = await copyStore(to)
      const rows = compared.map(({ collection, from, to: other }) => {
        const isSame = from.rows === other.rows && from.digest === other.digest
        return [
          collection,
          String(from.rows),
          from.digest,
          isSame ? 'same' : `DIFFERENT: ${other.rows} ${other.digest}`,
        ]
      })
      const shown = table(['collection', 'rows', 'SHA-256', 'read again'], rows, '')
      if (!same)
        throw new CommandRefused(
          [
            shown,
            'The copy is not the same as the store. Nobody can start on it, and the store itself was not changed.',
            'Was somebody else writing to one of them? Find that out, and repeat it.',
          ].join('\n'),
        )
      const text = [
        ...(removed ? ['What a copy that was broken off had left was removed first.', ''] : []),
        shown,
        '',
        to === 'mongodb'
          ? `Everything is in MongoDB. From now on start every node with COUNTERSIGN_MONGODB_URI.`
          : `Everything is in ${config.dataDir}. From now on start one service, without COUNTERSIGN_MONGODB_URI.`,
        'Give it the same master key as before (COUNTERSIGN_MASTER_KEY or _FILE): what is sealed was copied as it is, and no other key opens it.',
        'Never start the old store again beside the new one. Keep it until you trust the new one, then delete it: it holds the same secrets.',
      ].join('\n')
      return {
        text,
        json: { to, removed, collections: compared.map(({ collection, from }) => ({ collection, ...from })) },
      }
    },
  },
}
