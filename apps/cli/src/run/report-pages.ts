import { type RunReport, reportHtml, reportJunit, reportMarkdown, type TrialsReport } from '@kilostep/core'
import type { Io } from '../io.ts'
import { writeWhole } from './output-files.ts'

/** The files that a report is written to for others to read. */
export interface PageFlags {
  readonly html?: string | undefined
  readonly markdown?: string | undefined
  readonly junit?: string | undefined
}

/** The same files by the option that named them. */
export function pageFiles({ html, markdown, junit }: PageFlags): Record<string, string | undefined> {
  return { '--html': html, '--markdown': markdown, '--junit': junit }
}

/** Writes those that were asked for; each text says what went wrong. */
export function writePages(
  report: RunReport | TrialsReport,
  { html, markdown, junit }: PageFlags,
  io: Io,
): (string | undefined)[] {
  return [
    html === undefined ? undefined : writeWhole(html, io.folder, reportHtml(report)),
    markdown === undefined ? undefined : writeWhole(markdown, io.folder, reportMarkdown(report)),
    junit === undefined ? undefined : writeWhole(junit, io.folder, reportJunit(report)),
  ]
}
