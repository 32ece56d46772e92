/** Icons, drawn on a grid of 20 with one stroke. They are never the only name of a thing. */

const PATHS = {
  add: 'M10 4v12M4 10h12',
  back: 'M12 4l-6 6 6 6',
  bookmark: 'M6 3h8v14l-4-3.2L6 17z',
  check: 'M4.5 10.5l3.5 3.5 7.5-8',
  chevron: 'M8 5l5 5-5 5',
  close: 'M5 5l10 10M15 5L5 15',
  cloudOff: 'M3 3l14 14M8 5.2A4.5 4.5 0 0 1 14.3 9 3.3 3.3 0 0 1 16.6 14M13 15H6a3.5 3.5 0 0 1-.6-6.9',
  copy: 'M7.5 6.5h8.5v10H7.5zM4 13.5v-10h8.5',
  device: 'M3 4.5h14v9H3zM7.5 16.5h5M10 13.5v3',
  eye: 'M2.5 10S5.2 5 10 5s7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5zM10 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  folder:
    'M3 6.2C3 5.5 3.5 5 4.2 5h3.3l1.7 2h6.6c.7 0 1.2.5 1.2 1.2v6.6c0 .7-.5 1.2-1.2 1.2H4.2c-.7 0-1.2-.5-1.2-1.2z',
  info: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 9.2v4.3M10 6.5v.2',
  key: 'M7 13a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM10.5 9.5H17.5v3M14.5 9.5v2',
  link: 'M8.5 11.5a3 3 0 0 0 4.2 0l2.6-2.6a3 3 0 0 0-4.2-4.2L10 5.8M11.5 8.5a3 3 0 0 0-4.2 0l-2.6 2.6a3 3 0 0 0 4.2 4.2l1.1-1.1',
  look: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 3v14M10 6.5l4.8-1M10 10h7M10 13.5l4.8 1',
  mail: 'M3 5.5h14v9H3zM3.5 6l6.5 5 6.5-5',
  people:
    'M7.5 9.5a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4zM2.5 16c0-2.8 2.2-4.5 5-4.5s5 1.7 5 4.5M13 4.4a2.6 2.6 0 0 1 0 4.9M14.5 11.8c1.8.6 3 2 3 4.2',
  popOut: 'M11 4h5v5M16 4l-7 7M8 5H4.5v10.5H15V12',
  search: 'M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM13.2 13.2L17 17',
  settings:
    'M3 6h7M14 6h3M12 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM3 14h3M10 14h7M8 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  shield: 'M10 2.8l6 2.2v4.6c0 3.6-2.5 6.2-6 7.6-3.5-1.4-6-4-6-7.6V5zM7.3 9.9l2 2 3.5-3.8',
  sync: 'M4 8.5A6.3 6.3 0 0 1 15.5 7M16 3.8V7h-3.2M16 11.5A6.3 6.3 0 0 1 4.5 13M4 16.2V13h3.2',
  warning: 'M10 3.2L17.5 16h-15zM10 8v4M10 14v.2',
  where: 'M3.5 4.5h13v11h-13zM3.5 8h13M7 11.5h6',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, class: className = '' }: { name: IconName; class?: string }) {
  return (
    <svg class={`icon ${className}`} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
