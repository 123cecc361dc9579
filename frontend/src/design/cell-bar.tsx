import styles from './cell-bar.module.css';

/** Progress as a row of solar cells that catch the light one after the other. `value` 0 to 1. */
export function CellBar({ value, label }: { value: number; label: string }) {
  const percent = Math.round(value * 100);
  return (
    <div
      className={styles.bar}
      role="progressbar"
      aria-label={label}
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <div className={styles.lit} style={{ width: `${value * 100}%` }} />
    </div>
  );
}
