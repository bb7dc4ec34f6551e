// Accounts and their keys, in IndexedDB: it keeps CryptoKey objects without ever showing the private half to a script.
import type { Account, DeviceLabel, DeviceStatus } from '../../device-api/contract.ts'
import type { BindingProof } from './device-client.ts'
import type { DeviceKey } from './device-key.ts'

export type StoredAccount = Account & { status: DeviceStatus; key: DeviceKey }
/** A binding whose answer has not arrived: repeated with the same key, the service gives the same answer. */
export type UnfinishedBinding = { id: string; proof: BindingProof; label: DeviceLabel; key: DeviceKey }
export type AccountStore = typeof accountStore

const ACCOUNTS = 'accounts'
const BINDINGS = 'bindings'

export const accountStore = {
  accounts: () => run<StoredAccount[]>('readonly', (tables) => tables(ACCOUNTS).getAll()),
  put: (account: StoredAccount) => run('readwrite', (tables) => tables(ACCOUNTS).put(account)),
  remove: (deviceId: string) => run('readwrite', (tables) => tables(ACCOUNTS).delete(deviceId)),
  bindings: () => run<UnfinishedBinding[]>('readonly', (tables) => tables(BINDINGS).getAll()),
  putBinding: (binding: UnfinishedBinding) => run('readwrite', (tables) => tables(BINDINGS).put(binding)),
  removeBinding: (id: string) => run('readwrite', (tables) => tables(BINDINGS).delete(id)),
  /** Both in one transaction, so that a page that dies here neither loses the key nor has it twice. */
  finishBinding: (id: string, account: StoredAccount) =>
    run('readwrite', (tables) => {
      tables(BINDINGS).delete(id)
      return tables(ACCOUNTS).put(account)
    }),
}

// Opened for each piece of work: phones end the connections of pages that they put to sleep.
async function run<T>(
  mode: IDBTransactionMode,
  work: (tables: (name: string) => IDBObjectStore) => IDBRequest,
): Promise<T> {
  const database = await open()
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction([ACCOUNTS, BINDINGS], mode)
      const request = work((name) => transaction.objectStore(name))
      transaction.oncomplete = () => resolve(request.result as T)
      transaction.onabort = () => reject(transaction.error)
    })
  } finally {
    database.close()
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('countersign', 1)
    request.onupgradeneeded = () => {
      request.result.createObjectStore(ACCOUNTS, { keyPath: 'deviceId' })
      request.result.createObjectStore(BINDINGS, { keyPath: 'id' })
    }
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
