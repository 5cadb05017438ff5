/**
 * Guard: ends workerd when the command that started it is gone, however it went. `kill -9` leaves it no time to do so itself.
 *
 * A shell reads from a pipe of which the command holds the only other end, and the system closes that with the process. workerd is
 * killed then, too: its storage is made for that. Where there is no `sh` there is no guard.
 */
import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'

/** Signals of the terminal are for the command, which ends workerd in its own way. */
const SCRIPT = `trap '' INT TERM HUP; read -r _; kill -KILL "$0" 2>/dev/null; rm -rf -- "$1"`

/** Guards the process of that id, and the folder that goes with it. Returns how to stop: call it as soon as the process has ended. */
export function guard(pid: number, folder: string): () => void {
  const shell = spawn('sh', ['-c', SCRIPT, String(pid), folder], { stdio: ['pipe', 'ignore', 'ignore'] })
  shell.on('error', () => {})
  // It keeps nobody from ending.
  shell.unref()
  const pipe = shell.stdin as Socket
  pipe.on('error', () => {})
  pipe.unref()
  return () => void shell.kill('SIGKILL')
}
