/** By which contracts Entra may ask: both, where nobody has said. */
export const askedBy = `
UPDATE integration SET body = json_set(body, '$.askedBy', 'both') WHERE body ->> 'askedBy' IS NULL;
`
