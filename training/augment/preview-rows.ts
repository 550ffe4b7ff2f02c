import { AugmentationConfig } from '../config/augmentation.ts';

export interface PreviewRow {
  /** `rotation_range 40`, or `all together`. */
  label: string;
  config: AugmentationConfig;
}

/** No operations: how gaps are filled, and what is augmented. */
const SETTINGS = new Set(['fill_mode', 'cval', 'augment_validation']);

/** An argument's value on one line. */
function brief(value: unknown): string {
  if (value === true) return '';
  if (Array.isArray(value)) return ` [${value.map((part) => brief(part).trim()).join(', ')}]`;
  if (typeof value === 'number') return ` ${Number(value.toPrecision(3))}`;
  if (typeof value !== 'object' || value === null) return ` ${String(value)}`;
  const parts = Object.entries(value).flatMap(([key, part]) => (part === 0 ? [] : [`${key}${brief(part)}`]));
  return ` ${parts.join(', ')}`;
}

/** One config for each operation that is switched on, then one for all of them where there are several. */
export function previewRows(config: AugmentationConfig): PreviewRow[] {
  const off = AugmentationConfig.parse({});
  const differs = (key: string, value: unknown) =>
    JSON.stringify(value) !== JSON.stringify((off as Record<string, unknown>)[key]);
  const { fill_mode, cval } = config;
  const rows = Object.entries(config)
    .filter(([key, value]) => !SETTINGS.has(key) && value !== undefined && differs(key, value))
    .map(([key, value]) => ({ label: `${key}${brief(value)}`, config: { ...off, fill_mode, cval, [key]: value } }));
  return rows.length < 2 ? rows : [...rows, { label: 'all together', config }];
}
