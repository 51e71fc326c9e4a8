/** Small line icons on a 16 x 16 grid, in the text's colour. Decorative: the words beside them count. */

const paths = {
  overview: 'M2.5 2.5h4.5v5H2.5zM9 2.5h4.5v3H9zM9 8h4.5v5.5H9zM2.5 10h4.5v3.5H2.5z',
  meters: 'M2.5 12a5.5 5.5 0 1 1 11 0M8 12l2.6-3.4M2.5 12h2M11.5 12h2',
  imports: 'M8 2.5v7M5 6.8l3 3 3-3M2.5 11v2.5h11V11',
  radio:
    'M8 7.2a1 1 0 1 0 0 2 1 1 0 0 0 0-2M8 9.4V14M5.4 10.6a3.6 3.6 0 0 1 0-5M10.6 5.6a3.6 3.6 0 0 1 0 5' +
    'M3.4 12.6a6.4 6.4 0 0 1 0-9M12.6 3.6a6.4 6.4 0 0 1 0 9',
  unknown: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.3 6.3a1.8 1.8 0 1 1 2.6 1.6c-.6.3-.9.6-.9 1.2M8 11.2v.1',
  rejected: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM3.8 3.8l8.4 8.4',
  settings:
    'M2.5 4.5h6M12 4.5h1.5M2.5 11.5h1.5M7.5 11.5h6' +
    'M10.2 6.2a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4z' +
    'M5.8 13.2a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4z',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3l3.2 3.2',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  sun:
    'M8 10.7a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4zM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3' +
    'M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9',
  moon: 'M13.3 9.6A5.7 5.7 0 0 1 6.4 2.7a5.7 5.7 0 1 0 6.9 6.9z',
  system: 'M2.5 3h11v7.5h-11zM6 13.5h4M8 10.5v3',
  user: 'M8 7.8a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2zM2.8 13.5c.5-2.4 2.6-3.8 5.2-3.8s4.7 1.4 5.2 3.8',
  down: 'M4 6.2l4 4 4-4',
  right: 'M6.2 4l4 4-4 4',
  up: 'M4 9.8l4-4 4 4',
  warning: 'M8 2.3l6.2 11H1.8zM8 6.5v3M8 11.3v.1',
  error: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 5v3.6M8 10.9v.1',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.3V11M8 5.1v.1',
  check: 'M3 8.5l3.3 3.3L13 4.8',
  table: 'M2.5 3h11v10h-11zM2.5 6.3h11M2.5 9.7h11M6.3 6.3V13',
  chart: 'M2.5 13.5h11M4.5 11V7.5M8 11V3.5M11.5 11V6',
  columns: 'M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10',
  rows: 'M2.5 4h11M2.5 8h11M2.5 12h11',
  save: 'M4 2.5h8v11L8 10.5l-4 3z',
  download: 'M8 2.5v7.5M5 7.2l3 3 3-3M3 13.5h10',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  trash: 'M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.6 9h5.8l.6-9',
  file: 'M4 2h5l3 3v9H4zM9 2v3h3',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.8V8l2.2 1.4',
  bolt: 'M8.8 1.8L3.5 9H8l-.8 5.2L12.5 7H8z',
  drop: 'M8 2c2.5 3 4 5 4 7a4 4 0 0 1-8 0c0-2 1.5-4 4-7z',
  flame:
    'M8.2 1.8c.4 2.4 3.8 3.8 3.8 7.4a4 4 0 0 1-8 0c0-1.7.9-2.9 1.8-3.7' +
    '.1 1 .5 1.6 1.1 1.9C6.7 5.4 7 3.4 8.2 1.8z',
  heat:
    'M4 14V9.5M8 14V9.5M12 14V9.5M2.5 11.8h11M4.5 7.5c-1-1.4 1-2.4 0-4' +
    'M8.3 7.5c-1-1.4 1-2.4 0-4' +
    'M12 7.5c-1-1.4 1-2.4 0-4',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  command: 'M3 8h7.5M7 4.5L10.5 8 7 11.5M13.3 3v10',
  campaign: 'M4.5 2.5h7v11h-7zM7 11.5h2M8 8.8V5M6.4 6.6L8 5l1.6 1.6',
  commissioning: 'M2.5 4.5l1.3 1.3L6 3.5M2.5 9.5l1.3 1.3L6 8.5M8.5 5h5M8.5 10h5M2.5 13.8h11',
  collection: 'M2.5 3h3v3h-3zM6.7 3h3v3h-3zM10.9 3h3v3h-3zM2.5 7.2h3v3h-3zM6.7 7.2h3v3h-3zM2.5 11.4h3v2h-3z',
  key: 'M10 9.5a3.5 3.5 0 1 0-3.3-2.3L2.5 11.4v2.1h2.3v-1.8h1.8V10l1-1a3.5 3.5 0 0 0 2.4.5zM10.8 5.2v.1',
  exceptions: 'M2.5 12.5l3-4 2.5 2 5.5-7M11 10.5v2.2M11 14.4v.1M3 3.5h4',
  quality: 'M8 2l5 2v4c0 3-2 5-5 6-3-1-5-3-5-6V4zM5.8 8l1.6 1.7 3-3.4',
  virtual:
    'M4 4.5a1.5 1.5 0 1 0 0 .1M4 11.5a1.5 1.5 0 1 0 0 .1M5.5 4.6L9 7.3M5.5 11.4L9 8.7M13 8a2 2 0 1 0 0 .1',
  rules: 'M3 3.5h2M7.5 3.5H13M3 8h2M7.5 8H13M3 12.5h2M7.5 12.5H13',
  tariff: 'M2.5 3h11v10h-11zM2.5 6h11M5 9h2.5M5 11h5M10.5 9h1',
  run: 'M3 3.5h6M3 7h4M3 10.5h4M9 7.2l4.5 2.8L9 12.8z',
  dispute: 'M2.5 3h11v7.5H8L5 13.5v-3H2.5zM8 5v2.2M8 8.8v.1',
  bill: 'M4 2h8v12l-1.6-1-1.2 1L8 13l-1.2 1-1.2-1L4 14zM6 5h4M6 7.5h4M6 10h2',
  wallet: 'M2.5 4.5h10v9h-10zM2.5 4.5l7-2v2M12.5 7.5h1.5v3h-3.5a1.5 1.5 0 0 1 0-3z',
  out: 'M6.5 2.5h-4v11h4M10 5l3 3-3 3M13 8H6',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={paths[name]} />
    </svg>
  );
}

const commodityIcons: Record<string, IconName> = {
  electricity: 'bolt',
  gas: 'flame',
  water: 'drop',
  heat: 'heat',
};

export function CommodityIcon({ commodity }: { readonly commodity: string }) {
  return <Icon name={commodityIcons[commodity] ?? 'meters'} size={14} />;
}
