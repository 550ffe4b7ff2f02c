import { execFile } from 'node:child_process';

const WINDOWS = ['-NoProfile', '-Command', '(Get-CimInstance Win32_VideoController).Name'];

/** The GPU as macOS or Windows names it, a real one before software; null where they do not say. */
export async function systemGpu(platform: NodeJS.Platform = process.platform): Promise<string | null> {
  // Metal's GPU is part of Apple's processor.
  if (platform === 'darwin') return (await lines('sysctl', ['-n', 'machdep.cpu.brand_string']))[0] ?? null;
  if (platform !== 'win32') return null;
  const names = await lines('powershell.exe', WINDOWS);
  return names.find((name) => !/^Microsoft (Basic|Remote)/i.test(name)) ?? names[0] ?? null;
}

function lines(command: string, args: string[]): Promise<string[]> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: 10_000 }, (error, stdout) =>
      resolve(
        error
          ? []
          : stdout
              .split(/\r?\n/)
              .map((line) => line.trim())
              .filter(Boolean),
      ),
    );
  });
}
