import type { DeviceLabel } from '../../device-api/contract.ts'
import type { AccountStore, StoredAccount } from './account-store.ts'
import type { BindingProof, DeviceClient } from './device-client.ts'
import { DeviceRefusal } from './device-errors.ts'
import { makeDeviceKey } from './device-key.ts'

export type SendBinding = DeviceClient['bind']
type Bound = { account: StoredAccount; answer: Awaited<ReturnType<SendBinding>> }

/** The key is kept before the request leaves, so that an answer that got lost can be asked for again. */
export async function bindAccount(
  store: AccountStore,
  send: SendBinding,
  proof: BindingProof,
  label: DeviceLabel,
): Promise<Bound> {
  const id = JSON.stringify(proof)
  const kept = (await store.bindings()).find((binding) => binding.id === id)
  const binding = kept ?? { id, proof, label, key: await makeDeviceKey() }
  if (!kept) await store.putBinding(binding)
  try {
    const answer = await send(binding.key, proof, binding.label)
    const account = { ...answer.body.account, status: answer.body.status, key: binding.key }
    await store.finishBinding(id, account)
    return { account, answer }
  } catch (error) {
    if (error instanceof DeviceRefusal && isFinal(error)) await store.removeBinding(id)
    throw error
  }
}

export async function abandonBinding(store: AccountStore, proof: BindingProof): Promise<void> {
  await store.removeBinding(JSON.stringify(proof))
}

/** Haste and the service's own faults pass; another try may then succeed, with the same key. */
function isFinal({ problem, isDefinite }: DeviceRefusal): boolean {
  return problem.status !== 429 && isDefinite
}
