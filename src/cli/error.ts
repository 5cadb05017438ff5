/** Something the user can mend. The message is one sentence that says how; it ends the command with 1. */
export class CliError extends Error {
  override readonly name = 'CliError'
}
