/** The mail with the link by which a lead confirms its address, and what was said in its name. */
export const CONFIRMATION_TEMPLATE = "system/confirm";

/**
 * Stands for the token of a link that acts in its reader's name (`/t/f/`, `/t/d/`), in all that is kept and shown of the
 * mail: whoever looks at it later is not its reader.
 */
export const ONLY_IN_THE_MAIL = "only-in-the-mail";
