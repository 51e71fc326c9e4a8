/** Which of a chart's two faces is shown: the picture, or the same numbers as a table. */
import { Segmented } from './button.tsx';

export type Face = 'chart' | 'table';

export function FaceSwitch(props: {
  readonly label: string;
  readonly face: Face;
  readonly chart?: string;
  readonly onChange: (face: Face) => void;
}) {
  return (
    <Segmented
      label={`${props.label}: shown as`}
      value={props.face}
      onChange={props.onChange}
      options={[
        { value: 'chart', label: props.chart ?? 'Chart' },
        { value: 'table', label: 'Table' },
      ]}
    />
  );
}
