// Signing administrators in with Entra: which directory and application, and which of its accounts are who here.
import { type Role, roles } from './permissions.ts'

/** One application in one Entra tenant, as an owner connected it. */
export type EntraConnection = {
  id: string
  /** The name of the cloud that the tenant is in. */
  cloud: string
  tenantId: string
  clientId: string
  /** The application's secret, sealed for this one purpose. */
  sealedSecret: string
  /** The value of the app role that makes somebody this; empty: none does. */
  appRoles: Record<Role, string>
  /** Accounts that are this without an app role, by object id. */
  objectIds: Record<Role, string[]>
  savedAt: number
  /** When an owner signed in through it for the first time; null: it counts for nothing yet. */
  provenAt: number | null
}

/**
 * What is connected. A change is a `draft` until an owner has signed in with it: what works goes on working meanwhile, and
 * a mistake locks nobody out.
 */
export type EntraSettings = {
  /** Goes up with every change: of two who change it at once, one wins. */
  version: number
  active: EntraConnection | null
  /** Whether `active` lets anybody in. */
  on: boolean
  draft: EntraConnection | null
}

export const nothingConnected: EntraSettings = { version: 0, active: null, on: false, draft: null }

/** App roles as the console suggests to name them. */
export const suggestedAppRoles: Record<Role, string> = {
  viewer: 'Countersign.Viewer',
  helpdesk: 'Countersign.Helpdesk',
  owner: 'Countersign.Owner',
}

/** An account in Entra. Names and addresses change hands; this pair never does. */
export type EntraIdentity = { tenantId: string; objectId: string }

/** What we know by now of an administrator who signs in with Entra. */
export type EntraStanding = {
  /** Whether the tenant that they came from is the one that lets people in now. */
  isConnected: boolean
  /** When Entra last gave them a role; null: the last time it gave them none. */
  confirmedAt: number | null
}

/** What Entra said, verified, about who signed in. */
export type EntraAccount = EntraIdentity & {
  name: string
  /** The app roles that Entra gave this account. */
  appRoles: string[]
  /** When they last typed a password or used a factor at Entra; null: it did not say. */
  provedAt: number | null
}

/** The highest role that a connection gives an account; undefined: it may not enter. */
export const roleOf = (
  { appRoles, objectIds }: Pick<EntraConnection, 'appRoles' | 'objectIds'>,
  account: Pick<EntraAccount, 'objectId' | 'appRoles'>,
): Role | undefined =>
  roles.findLast(
    (role) =>
      (appRoles[role] !== '' && account.appRoles.includes(appRoles[role])) ||
      objectIds[role].includes(account.objectId),
  )
