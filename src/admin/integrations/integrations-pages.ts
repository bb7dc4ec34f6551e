// The tenants that are connected: every page and act, with what it needs.
import type { AdminDeps, Wiring } from '../wiring.ts'
import { createConnect } from './connect.ts'
import { createEndings } from './endings.ts'
import { createFinder, LIST } from './found.ts'
import { createList } from './list.ts'
import { createOne, fileNames } from './one.ts'
import { createSettings } from './settings.ts'

export function addIntegrationsPages({ get, post, form, frame }: Wiring, deps: AdminDeps): void {
  const { only, act, dangerous } = frame
  const finder = createFinder(deps)
  const connect = createConnect(deps)
  const one = createOne(deps, finder)
  const settings = createSettings(deps, finder)
  const endings = createEndings(deps, finder)
  const owner = 'integrations'
  const at = `${LIST}/:id`

  get(LIST, only('read', createList(deps)))
  get(`${LIST}/new`, only(owner, connect.show))
  post(`${LIST}/new`, form, act(owner, connect.connect))
  get(at, only('read', one.show))
  for (const file of fileNames) get(`${at}/${file}`, only('read', one.download(file)))

  get(`${at}/settings`, only(owner, settings.show))
  post(`${at}/settings`, form, dangerous(owner, settings.describe, settings.save))
  post(`${at}/enable`, form, act(owner, endings.enable))
  get(`${at}/disable`, only(owner, endings.showDisable))
  post(`${at}/disable`, form, dangerous(owner, endings.describeDisable, endings.disable))
  get(`${at}/remove`, only(owner, endings.showRemove))
  post(`${at}/remove`, form, dangerous(owner, endings.describeRemove, endings.remove))
}
