import { CommandRefused, type Context } from './command.ts'

/** Refuses to print addresses that are not the running service's: they would be pasted somewhere. */
export async function checkPublicUrl({ config, capabilities }: Context): Promise<void> {
  const served = await capabilities.stores.publicUrl.last()
  if (served === undefined || served === config.publicUrl) return
  throw new CommandRefused(
    `The service was last started for ${served}, and this command for ${config.publicUrl}. Set COUNTERSIGN_PUBLIC_URL to the same.`,
  )
}
