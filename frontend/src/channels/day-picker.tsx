import type { Day } from '../time/format';
import styles from './day-picker.module.css';

interface Props {
  days: Day[];
  /** Index into `days`. */
  chosen: number;
  onChoose: (index: number) => void;
}

/** Which day's programmes stand beside the channels. */
export function DayPicker({ days, chosen, onChoose }: Props) {
  return (
    <fieldset className={styles.days}>
      <legend className="visually-hidden">Programmes of which day</legend>
      {days.map((day, index) => (
        <label key={day.from} className={styles.day}>
          <input
            className="visually-hidden"
            type="radio"
            name="day"
            checked={index === chosen}
            onChange={() => onChoose(index)}
          />
          <span className={styles.label}>{day.label}</span>
        </label>
      ))}
    </fieldset>
  );
}
