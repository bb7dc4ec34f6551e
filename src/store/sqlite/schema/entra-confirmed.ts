/**
 * When Entra last gave an administrator a role. Of who is there already nobody noted it: they are as if it was long ago, so
 * that their tokens count again as soon as they sign in.
 */
export const entraConfirmed = `
ALTER TABLE administrator_entra ADD COLUMN confirmed_at INTEGER;
UPDATE administrator_entra SET confirmed_at = 0;
`
