import type { Contract, Integration } from '../../integrations/integration.ts'
import type { IntegrationStore } from '../../integrations/integrations.ts'
import type { LastHintStore } from '../../integrations/last-hints.ts'
import { alivePhases } from '../../signin/phases.ts'
import type { Engine } from './engine.ts'
import { createReading } from './reading.ts'
import { fromRow, type Rows, toRow } from './rows.ts'
import { integrationGuard } from './sign-in-store.ts'

export function createIntegrationStore(engine: Engine): IntegrationStore {
  const { matching, many } = createReading(engine)
  const read = (row: Rows['integration'] | undefined): Integration | undefined => row && fromRow(row)
  return {
    insert: (integration, event) => {
      const ofTenant = { tenantId: integration.tenantId }
      return engine.write({ integration: [ofTenant] }, (transaction) => {
        if (transaction.all('integration', ofTenant).length > 0) return 'tenant-taken'
        transaction.put('integration', toRow(integration))
        transaction.audit([event])
        return 'inserted'
      })
    },
    find: async (id) => read((await matching('integration', { _id: id }))[0]),
    findByClientId: async (clientId) => read((await matching('integration', { clientId }))[0]),
    list: async () => (await many('integration', {}, { createdAt: 1 })).map(fromRow),
    replace: (integration, event) =>
      engine.write({ integration: [{ _id: integration.id }] }, (transaction) => {
        if (transaction.get('integration', integration.id)?.version !== integration.version - 1) return false
        transaction.put('integration', toRow(integration))
        // Who signs for it at this moment must have seen what it was, or see what it is.
        transaction.guardFromAll(integrationGuard(integration.id))
        transaction.audit([event])
        return true
      }),
    remove: (id, at, event) =>
      engine.alone(async ({ session, models, audit, guardFromAll, nothingToDo }) => {
        const found = await models.integration.findById(id).session(session).lean()
        if (!found) return nothingToDo(false)
        await guardFromAll(integrationGuard(id))
        const { tenantId } = found as Rows['integration']
        const within = { session }
        await models.integration.deleteOne({ _id: id }, within)
        const devices = await models.device.find({ tenantId }, { _id: 1 }).session(session).lean()
        const revoked = { $set: { state: 'revoked', revokedAt: at } }
        await models.device.updateMany({ tenantId, state: 'active' }, revoked, within)
        await models.push_subscription.deleteMany({ _id: { $in: devices.map(({ _id }) => _id) } }, within)
        await models.invitation.deleteMany({ tenantId, spentAt: null }, within)
        const alive = { tenantId, phase: { $in: alivePhases } }
        const open = await models.sign_in.find(alive, { _id: 1 }).session(session).lean()
        const ended = { $set: { outcome: 'cancelled', endedAt: at } }
        await models.sign_in_record.updateMany({ _id: { $in: open.map(({ _id }) => _id) } }, ended, within)
        await models.sign_in.deleteMany(alive, within)
        await models.last_hint.deleteMany({ integrationId: id }, within)
        audit([event])
        return true
      }),
  }
}

export function createLastHintStore(engine: Engine): LastHintStore {
  const { many } = createReading(engine)
  return {
    of: async (integrationId) =>
      (await many('last_hint', { integrationId })).map(({ contract, acceptedAt, refused }) => ({
        contract: (contract as Contract) || null,
        acceptedAt,
        refused,
      })),
  }
}
