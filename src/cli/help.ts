// The first page of help: every verb, in the order of the work, on one screen. What a verb takes is said by its own
// `--help`.

import { type Command, Help } from 'commander'

const GROUPS: readonly (readonly [title: string, verbs: readonly string[], what: string])[] = [
  ['Change', ['register', 'enable', 'disable', 'unregister'], 'a repository'],
  ['', ['retarget-org', 'remove-org'], 'an organisation'],
  ['Read', ['show', 'list', 'log', 'diff'], 'entries, history, changes'],
  ['Check', ['check', 'status', 'health', 'verify'], 'gates, drift, sealed runs'],
  ['Publish', ['seal', 'build', 'promote', 'activate', 'rollback'], 'sealed runs, and the pin'],
  ['Propose', ['new-branch', 'finalize', 'create-pr', 'merge-pr'], 'from branch to merge'],
  ['', ['replay', 'abort'], 'catch up, or give up'],
  ['Mesh', ['manifest', 'mesh'], 'manifests, hosts, services'],
]

const VERBS_WIDTH = 42

/** Gives `program` its first page, and leaves the pages of its verbs as they are. */
export function configureFirstPage(program: Command): void {
  program.configureHelp({
    formatHelp: (command, helper) =>
      command.parent === null
        ? renderFirstPage(command)
        : Help.prototype.formatHelp.call(helper, command, helper),
  })
}

function renderFirstPage(program: Command): string {
  const verbs = program.commands.map(command => command.name())
  const rows = GROUPS.map(([title, names, what]) =>
    row(
      title,
      names.filter(name => verbs.includes(name)),
      what,
    ),
  )
  const grouped = new Set(GROUPS.flatMap(([, names]) => names))
  const others = verbs.filter(verb => !grouped.has(verb))
  return [
    `Usage: ${program.name()} <verb> [options]`,
    '',
    program.description(),
    '',
    ...rows.filter(line => line !== undefined),
    ...(others.length === 0 ? [] : [row('More', others, '')]),
    '',
    `${program.name()} <verb> --help tells what a verb takes. Every verb has --json, every verb`,
    'that writes has --dry-run, and those of a registry have --home. Exit codes:',
    '0 done, 1 refused, 2 usage, 3 the world failed, 4 conflict. -V, --version',
    'prints the version.',
    '',
  ].join('\n')
}

function row(title: string, names: readonly string[], what: string): string | undefined {
  if (names.length === 0) return undefined
  return `  ${title.padEnd(8)} ${names.join(' ').padEnd(VERBS_WIDTH)} ${what}`.trimEnd()
}
