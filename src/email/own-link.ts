/**
 * Stands for the token of a link that acts in its reader's name (`/t/f/`, `/t/d/`), in all that is kept and shown of the
 * mail: whoever looks at it later is not its reader.
 */
export const ONLY_IN_THE_MAIL = "only-in-the-mail";
