// What an emergency rotation breaks, for whoever is about to make one.

/**
 * In the order of their weight. Entra reads our keys every 24 hours; no way to make it read them sooner is documented
 * (Microsoft Learn: External MFA method provider reference, "Key rollover"), nor what it does with a key that is gone.
 */
export const emergencyWarnings: readonly string[] = [
  'Entra does not know the new key until it reads our keys again, which it does about once a day. Until then nobody of that tenant gets through: Entra refuses every claim (AADSTS50012, the signature is not verified). No way to make it read them sooner is documented.',
  'Until then Entra also goes on accepting claims of the old key. Whoever has it, and a person’s password, can answer in our place. Only you can end that sooner, in Entra: switch the external method off, or block these sign-ins by Conditional Access.',
  'Every key that is published now is withdrawn for good, an announced one too: who could open one could open all. There is no way back to them.',
  'If somebody may have the master key as well, change that first: the new key is sealed under it.',
]

/** When it is not what is wanted. */
export const everydayRotation =
  'If no key is in wrong hands, announce a new key instead: it takes over in 48 hours, and nobody notices.'
